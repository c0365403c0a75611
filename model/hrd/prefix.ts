import { elementText, toBool, toDict, toInt, toList, type HrdDict } from './get';
import { hrdKey, type Hrd, type HrdElement, type HrdItem, type HrdValue } from './hrd';
import { refuseValue } from './refuse';

/** The keys at and below a prefix, in their order; with a depth the first so many parts of each, each once (§5.4.11). */
export function keysWithPrefix(hrd: Hrd, prefix: string, depth?: number): string[] {
  const keys = below(hrd, prefix).map((item) => item.key);
  return depth === undefined ? keys : [...new Set(keys.map((key) => key.split('.').slice(0, depth).join('.')))];
}

/** The values below a prefix under what follows it in their keys. */
export const dictFromPrefix = (hrd: Hrd, prefix: string): Record<string, string | HrdElement[] | HrdDict> =>
  Object.fromEntries(below(hrd, prefix).filter((item) => item.key !== hrdKey(prefix)).map((item) => [item.key.slice(hrdKey(prefix).length + 1), plainValue(item)]));

/** The values of `prefix.1`, `prefix.2` …, in the order of their numbers. */
export const listFromPrefix = (hrd: Hrd, prefix: string): (string | HrdElement[] | HrdDict)[] => numbered(hrd, prefix).map(plainValue);

/** The value as data: a text, a list or a dict; a question that was not answered is empty. */
export function plainValue(item: HrdItem): string | HrdElement[] | HrdDict {
  if (item.type === 'dict') return toDict(item, item.key);
  return item.type === 'ask' ? '' : item.value;
}

/** How the dicts of {@link itemsWithPrefix} are to look. */
export interface ItemForm {
  /** Keys that each has in the end: from the file, else the default, else an empty text. */
  keys: string[];
  defaults?: Record<string, HrdField>;
  /** Keys whose values are read as such; an empty one is an empty list or dict, false, or the default of a number. */
  lists?: string[];
  dicts?: string[];
  ints?: string[];
  bools?: string[];
}

export type HrdField = string | number | boolean | HrdElement[] | HrdDict;

/** The dicts `prefix.1`, `prefix.2` …, in the order of their numbers (A-29: `service.process`). Raises Problem 400 for one that is no dict, naming `process.1` or `process.1.prio`. */
export const itemsWithPrefix = (hrd: Hrd, prefix: string, form: ItemForm): Record<string, HrdField>[] =>
  numbered(hrd, prefix).map((item) => {
    if (item.type !== 'dict' && item.type !== 'unknown') refuseValue(item.key, 'is not a dict', 'Write its fields as name:value, on indented lines that end with a comma.');
    const given = new Map(item.type === 'dict' ? item.value : []);
    const names = new Set([...given.keys(), ...form.keys]);
    return Object.fromEntries([...names].map((name) => [name, readField(`${item.key}.${name}`, given.get(name), name, form)]));
  });

function readField(field: string, given: HrdElement | undefined, name: string, { defaults = {}, lists, dicts, ints, bools }: ItemForm): HrdField {
  const fallback = Object.hasOwn(defaults, name) ? defaults[name] : undefined;
  if (fallback !== undefined && (given === undefined || (given === '' && ints?.includes(name)))) return fallback;
  const value = asValue(given ?? '');
  if (lists?.includes(name)) return toList(value, field);
  if (dicts?.includes(name)) return toDict(value, field);
  if (ints?.includes(name) && given) return toInt(value, field);
  if (bools?.includes(name)) return toBool(value);
  return elementText(given ?? '');
}

const asValue = (element: HrdElement): HrdValue => (typeof element === 'string' ? { type: 'base', value: element } : { type: 'list', value: element.map(String) });

function below(hrd: Hrd, prefix: string): HrdItem[] {
  const wanted = hrdKey(prefix);
  return hrd.items.filter((item) => item.key === wanted || item.key.startsWith(`${wanted}.`));
}

function numbered(hrd: Hrd, prefix: string): HrdItem[] {
  const number = (item: HrdItem) => Number(item.key.slice(hrdKey(prefix).length + 1));
  return below(hrd, prefix).filter((item) => /^\.\d+$/.test(item.key.slice(hrdKey(prefix).length))).sort((a, b) => number(a) - number(b));
}
