import { problem } from '../errors';
import { raise } from '../raise';
import { elementText, toText } from './get';
import { MAX_HRD_CHARS, type Hrd, type HrdElement, type HrdItem, type HrdValue } from './hrd';
import { REFERENCE, referenceAlone, referencesIn } from './references';

/** What a reference stands for; undefined leaves it as it is. */
export type Lookup = (key: string) => string | HrdElement[] | undefined;

/** A value that can stand for a reference. */
type Found = Extract<HrdValue, { type: 'base' | 'list' | 'dict' }>;
type Find = (key: string) => Found | undefined;

/**
 * Replaces `$(key)` in texts, lists and dicts (A-8, §5.4.7), by values of the same file first and then by `lookup`,
 * whose answers are inserted as they are. A reference alone takes the list or dict it refers to; inside a text it
 * becomes text. Unknown keys stay, and so does a reference into a circle. Raises Problem 413 when references insert
 * more than a MiB.
 */
export function substitute(hrd: Hrd, lookup: Lookup): Hrd {
  const own = new Map(hrd.items.map((item) => [item.key, item]));
  const ready = new Map<string, HrdItem>();
  const find = counted((key) => (own.has(key) ? insertable(ready.get(key)) : asFound(lookup(key))));
  for (const item of inOrderOfNeed(own)) ready.set(item.key, replaced(item, find));
  return { ...hrd, items: hrd.items.map((item) => ready.get(item.key) ?? replaced(item, find)) };
}

/** The items whose references are all to items before them: not those in a circle or leading into one. */
function inOrderOfNeed(own: Map<string, HrdItem>): HrdItem[] {
  const missing = new Map<string, number>();
  const neededBy = new Map<string, HrdItem[]>([...own.keys()].map((key) => [key, []]));
  for (const item of own.values()) {
    const needs = referencesIn(item).filter((key) => own.has(key));
    missing.set(item.key, needs.length);
    for (const key of needs) neededBy.get(key)!.push(item);
  }
  const ordered = [...own.values()].filter((item) => missing.get(item.key) === 0);
  // It grows while it is walked.
  for (const { key } of ordered) {
    for (const item of neededBy.get(key)!) {
      missing.set(item.key, missing.get(item.key)! - 1);
      if (missing.get(item.key) === 0) ordered.push(item);
    }
  }
  return ordered;
}

function insertable(item: HrdItem | undefined): Found | undefined {
  if (item?.type === 'unknown') return { type: 'base', value: '' };
  return item === undefined || item.type === 'ask' || item.type === 'binary' ? undefined : item;
}

function asFound(value: string | HrdElement[] | undefined): Found | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? { type: 'base', value } : { type: 'list', value };
}

/** Values that refer to each other twice over double with each step: what is inserted has a bound. */
function counted(find: Find): Find {
  let inserted = 0;
  return (key) => {
    const found = find(key);
    inserted += found ? toText(found).length : 0;
    if (inserted > MAX_HRD_CHARS) raise(problem(413, 'hrd_too_long', `references insert more than ${MAX_HRD_CHARS} characters, the last one to ${key}`, 'Refer to less.', { field: key }));
    return found;
  };
}

function replaced(item: HrdItem, find: Find): HrdItem {
  const inText = (text: string) => text.replace(REFERENCE, (whole, key: string) => textOf(find(key.toLowerCase())) ?? whole);
  const resolve = (text: string): Found => {
    const alone = referenceAlone(text);
    return (alone && find(alone.toLowerCase())) || { type: 'base', value: alone ? text : inText(text) };
  };
  const { key, comments } = item;
  switch (item.type) {
    case 'base': {
      const { type, value } = resolve(item.value);
      return { key, comments, type, value } as HrdItem;
    }
    case 'list':
      return { ...item, value: item.value.flatMap((element) => (typeof element === 'string' ? elementsOf(resolve(element)) : [nested(element, inText)])) };
    case 'dict':
      return { ...item, value: item.value.map(([name, element]): [string, HrdElement] => [name, typeof element === 'string' ? elementOf(resolve(element)) : nested(element, inText)]) };
    default:
      return item;
  }
}

const textOf = (found: Found | undefined) => found && toText(found);

const elementsOf = (found: Found): HrdElement[] => (found.type === 'list' ? found.value : [toText(found)]);

const elementOf = (found: Found): HrdElement => (found.type === 'list' ? found.value.map(elementText) : toText(found));

const nested = (list: (string | number)[], inText: (text: string) => string) => list.map((one) => (typeof one === 'string' ? inText(one) : one));
