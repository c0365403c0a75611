import { isSecretName, numberIn } from '../options';
import { findItem, wholeNumber, type Hrd, type HrdElement, type HrdItem, type HrdPairs, type HrdValue } from './hrd';
import { splitPair, splitPieces, textToList } from './pieces';
import { refuseValue } from './refuse';

/** What {@link getDict} gives: numbers in it are numbers (§5.4.5). */
export type HrdDict = Record<string, number | HrdElement>;

/**
 * The value of a key as a text: elements of lists and dicts between commas, empty for a key with nothing behind it.
 * All getters raise Problem 400 with the key as `field` when the key is not there and no `fallback` is given, when its
 * question was not answered, and when the value is nothing of the kind.
 */
export const getStr = (hrd: Hrd, key: string, fallback?: string): string => read(hrd, key, fallback, toText);

/** A whole number; where nothing stands, the fallback. */
export const getInt = (hrd: Hrd, key: string, fallback?: number): number => read(hrd, key, fallback, toInt, true);

export const getFloat = (hrd: Hrd, key: string, fallback?: number): number => read(hrd, key, fallback, toFloat, true);

/** True for `true` in any case and `1`; everything else is false, `yes` too. */
export const getBool = (hrd: Hrd, key: string, fallback?: boolean): boolean => read(hrd, key, fallback, toBool, true);

/** A list; a text is split at its commas, and one without is a list of itself. */
export const getList = (hrd: Hrd, key: string, fallback?: HrdElement[]): HrdElement[] => read(hrd, key, fallback, toList);

export const getDict = (hrd: Hrd, key: string, fallback?: HrdDict): HrdDict => read(hrd, key, fallback, toDict);

function read<T>(hrd: Hrd, key: string, fallback: T | undefined, convert: (item: HrdValue, key: string) => T, emptyIsAbsent = false): T {
  const item = findItem(hrd, key);
  if (fallback !== undefined && (!item || (emptyIsAbsent && item.value === ''))) return fallback;
  if (!item) refuseValue(key, 'is not there', 'Add it to the recipe, or give it as an argument.');
  if (item.type === 'ask') refuseValue(key, 'was asked for and not answered', `Give ${key} a value.`);
  return convert(item, key);
}

export function toText(item: HrdValue): string {
  if (item.type === 'list') return item.value.map(elementText).join(',');
  if (item.type === 'dict') return item.value.map(([name, value]) => `${name}:${elementText(value)}`).join(',');
  return item.type === 'ask' ? '' : item.value;
}

export const elementText = (element: HrdElement): string => (typeof element === 'string' ? element : `[${element.join(',')}]`);

export function toInt(item: HrdValue, key: string): number {
  const number = numberIn(toText(item));
  return Number.isSafeInteger(number) ? number! : refuseValue(key, `${shown(item, key)} is not a whole number`, 'Write a whole number.');
}

const toFloat = (item: HrdValue, key: string): number => numberIn(toText(item)) ?? refuseValue(key, `${shown(item, key)} is not a number`, 'Write a number.');

export const toBool = (item: HrdValue): boolean => ['true', '1'].includes(toText(item).trim().toLowerCase());

export function toList(item: HrdValue, key: string): HrdElement[] {
  if (item.type === 'list') return item.value;
  if (item.type === 'dict') refuseValue(key, 'is a dict, not a list', 'Write values without names, with commas between them.');
  return textToList(toText(item));
}

export function toDict(item: HrdValue, key: string): HrdDict {
  const pairs = item.type === 'dict' ? item.value : textToPairs(toText(item));
  if (!pairs) refuseValue(key, `${shown(item, key)} is not a dict`, 'Write name:value, with commas between them.');
  return Object.fromEntries(pairs.map(([name, value]) => [name, typeof value === 'string' ? (wholeNumber(value) ?? value) : value]));
}

/** The pairs of a text such as `a:1,b:2`, undefined when one of them has no colon. */
export function textToPairs(text: string): HrdPairs | undefined {
  const pairs = splitPieces(text, 'block').map((piece) => splitPair(piece.text));
  return pairs.every((pair) => pair !== undefined) ? pairs : undefined;
}

const shown = (item: HrdValue | HrdItem, key: string) => (isSecretName(key) ? 'its value' : JSON.stringify(toText(item).slice(0, 60)));
