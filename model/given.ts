import { problem, type Problem } from './errors';
import { NAME, NAME_RULE } from './ids';
import { isMap, numberIn, typeName } from './options';

/** Reading what somebody else wrote, field by field: everything wrong is noted with its place, and reading goes on. */

export type Path = (string | number)[];

/** One value and its place: `field` as a person names it, `path` as it stands in the text. */
export interface Given {
  value: unknown;
  field: string;
  path: Path;
}

export interface NamedGiven extends Given {
  name: string;
}

/** The problems found so far, and the line of a path in the text, where it is known. */
export interface Notes {
  problems: Problem[];
  where: (path: Path) => number | undefined;
}

const MAX_PROBLEMS = 20;

/** Notes one problem at a place; beyond twenty they are no longer listed. */
export function refuse(notes: Notes, { field, path }: Given, message: string, fix: string): undefined {
  if (notes.problems.length >= MAX_PROBLEMS) return;
  const line = lineOf(notes, path);
  const place = line === undefined ? '' : ` (line ${line} of what the template yields)`;
  notes.problems.push(problem(400, 'invalid_template_result', `${field}: ${message}${place}`, fix, { field, ...(line === undefined ? {} : { line }) }));
}

/** Something missing has no line of its own; what it is missing from has. */
function lineOf(notes: Notes, path: Path): number | undefined {
  for (let end = path.length; end >= 0; end--) {
    const line = notes.where(path.slice(0, end));
    if (line !== undefined) return line;
  }
  return undefined;
}

export const below = (given: Given, key: string | number): Given => ({
  value: (given.value as Record<string | number, unknown>)[key],
  field: given.field ? `${given.field}.${key}` : String(key),
  path: [...given.path, key],
});

/** Left out, or `''` or `_`, which is how the original's registry says "not set". */
export const isAbsent = ({ value }: Given): boolean => value === undefined || value === null || value === '' || value === '_';

const shown = (value: unknown) => (JSON.stringify(value) ?? String(value)).slice(0, 60);

/** A text; numbers and true/false become their text. Undefined when it is something else, which is noted. */
export function readText(notes: Notes, given: Given): string | undefined {
  const { value } = given;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return refuse(notes, given, `${shown(value)} is ${typeName(value)}, wanted is a text`, 'Write a text.');
  if (value.includes('\0')) return refuse(notes, given, 'the text holds a zero byte', 'Leave it out.');
  return value;
}

/** As {@link readText}, where the field may be left out. */
export const readOptionalText = (notes: Notes, given: Given): string | undefined => (isAbsent(given) ? undefined : readText(notes, given));

export interface NumberRule {
  min: number;
  max?: number;
  whole?: boolean;
  /** What is wanted, in words. */
  wanted: string;
}

/** A number, also one written as a text. Undefined when it is missing or does not follow the rule, which is noted. */
export function readNumber(notes: Notes, given: Given, { min, max = Infinity, whole = false, wanted }: NumberRule): number | undefined {
  if (isAbsent(given)) return refuse(notes, given, `is missing, wanted is ${wanted}`, `Give ${wanted}.`);
  const number = typeof given.value === 'string' ? numberIn(given.value) : given.value;
  const fits = typeof number === 'number' && number >= min && number <= max && (!whole || Number.isInteger(number)) && Number.isFinite(number);
  return fits ? number : refuse(notes, given, `${shown(given.value)} is not ${wanted}`, `Give ${wanted}${whole ? ' (in a template, // divides to whole numbers)' : ''}.`);
}

/** The values of a list, of a text with commas, or the keys of a map: three ways in which products write a list of words. */
export function readItems(notes: Notes, given: Given): Given[] {
  const { value } = given;
  if (isAbsent(given)) return [];
  if (Array.isArray(value)) return value.map((_, i) => below(given, i));
  if (typeof value === 'string') return value.split(',').map((word) => ({ ...given, value: word.trim() }));
  if (typeof value === 'number') return [given];
  if (isMap(value)) return Object.keys(value).map((key) => ({ ...below(given, key), value: key }));
  refuse(notes, given, `${shown(value)} is ${typeName(value)}, wanted is a list`, 'Write a list.');
  return [];
}

/** Texts of such a list, each once. */
export const readWords = (notes: Notes, given: Given): string[] => [
  ...new Set(readItems(notes, given).flatMap((item) => readText(notes, item) || [])),
];

/** Things with names: a map from name to thing, or a list of things that each say their name (or are only a name). */
export function readNamed(notes: Notes, given: Given, nameKey = 'name'): NamedGiven[] {
  if (isAbsent(given)) return [];
  const { value } = given;
  if (isMap(value)) return Object.keys(value).flatMap((key) => named(notes, below(given, key), key, nameKey));
  if (!Array.isArray(value)) {
    refuse(notes, given, `${shown(value)} is ${typeName(value)}, wanted is a map or a list`, 'Write a map from name to what it is.');
    return [];
  }
  const seen = new Set<string>();
  return value.flatMap((_, i) => listed(notes, given, below(given, i), nameKey)).filter((item) => {
    if (seen.has(item.name)) refuse(notes, item, 'is there twice', 'Give each its own name.');
    return !seen.has(item.name) && seen.add(item.name);
  });
}

function listed(notes: Notes, list: Given, item: Given, nameKey: string): NamedGiven[] {
  const own = isMap(item.value) ? item.value[nameKey] : item.value;
  if (typeof own === 'number') return listed(notes, list, { ...item, value: String(own) }, nameKey);
  if (typeof own !== 'string') {
    refuse(notes, item, `has no ${nameKey}`, `Give it a ${nameKey}, or write a map from name to what it is.`);
    return [];
  }
  return named(notes, { ...item, field: `${list.field}.${own}`, value: isMap(item.value) ? item.value : null }, own, nameKey);
}

function named(notes: Notes, given: Given, name: string, nameKey: string): NamedGiven[] {
  const value = isAbsent(given) ? {} : given.value;
  const item = { ...given, value, name };
  if (!NAME.test(name)) refuse(notes, item, `${shown(name)} is not a name`, `Use ${NAME_RULE}.`);
  else if (!isMap(value)) refuse(notes, item, `${shown(value)} is ${typeName(value)}, wanted is a map`, 'Write its fields as a map.');
  else if (nameKey === 'name' && !isAbsent(below(item, nameKey)) && value[nameKey] !== name) refuse(notes, below(item, nameKey), `${shown(value[nameKey])} is not ${name}, under which it stands`, 'Write the same name, or leave it out.');
  else return [item];
  return [];
}
