import { isMap, isSecretName, numberIn, typeName } from '../options';
import { textToPairs } from './get';
import type { AskTags, HrdElement, HrdValue } from './hrd';
import { textToList } from './pieces';
import { matchesWhole } from './pattern';
import { refuseValue } from './refuse';

/** A value as it comes from outside: a request's JSON, or a text of a command line. */
export type Given = unknown;

const MAX_MATCHED_CHARS = 10_000;
const YES = ['1', 'true', 'yes', 'y'];
const NO = ['0', 'false', 'no', 'n'];

/**
 * A given value as one of a file. Numbers and booleans become their text, a list and a map of such a list and a dict.
 * Raises Problem 400 for `field` for anything else.
 */
export function asHrdValue(given: Given, field: string): HrdValue {
  if (Array.isArray(given)) return { type: 'list', value: given.map((one, i) => elementOf(one, `${field}.${i}`)) };
  if (isMap(given)) return { type: 'dict', value: Object.entries(given).map(([name, one]) => [name, elementOf(one, `${field}.${name}`)]) };
  return { type: 'base', value: scalarOf(given, field) };
}

/**
 * The answer to a question, checked against its type, its regex, its limits and its choices (§5.4.9): a bool is `1` or
 * `0`, a list may be a text with commas, a dict one of `name:value`. Raises Problem 400 for `field`; the value of a
 * password is not repeated.
 */
export function answerTo(ask: AskTags, given: Given, field: string): HrdValue {
  if (ask.type === 'list' && Array.isArray(given)) return asHrdValue(given, field);
  if (ask.type === 'dict' && isMap(given)) return asHrdValue(given, field);
  const text = scalarOf(given, field);
  const refuse = (wanted: string, fix: string) => refuseValue(field, `${isSecret(ask, field) ? 'its value' : JSON.stringify(text.slice(0, 60))} is not ${wanted}`, fix);
  if (ask.regex !== undefined && !matches(ask.regex, text, field)) refuse(`of the form ${ask.regex.slice(0, 100)}`, 'Give a value of that form.');
  switch (ask.type) {
    case 'list':
      return { type: 'list', value: textToList(text) };
    case 'dict':
      return { type: 'dict', value: textToPairs(text) ?? refuse('a dict', 'Write name:value, with commas between them.') };
    case 'bool':
      return { type: 'base', value: YES.includes(text.toLowerCase()) ? '1' : NO.includes(text.toLowerCase()) ? '0' : refuse('true or false', 'Write true or false.') };
    case 'int':
    case 'float':
      return { type: 'base', value: numberText(ask, text) ?? refuse(numberWanted(ask), `Give ${numberWanted(ask)}.`) };
    case 'dropdown':
      return { type: 'base', value: ask.dropdownvals?.includes(text) ? text : refuse(`one of ${ask.dropdownvals?.join(', ')}`, 'Choose one of them.') };
    default:
      return { type: 'base', value: text };
  }
}

function matches(regex: string, text: string, field: string): boolean {
  if (text.length > MAX_MATCHED_CHARS) refuseValue(field, `is longer than ${MAX_MATCHED_CHARS} characters`, 'Give a shorter value.');
  return matchesWhole(regex, text, field);
}

function numberText({ type, minValue = -Infinity, maxValue = Infinity }: AskTags, text: string): string | undefined {
  const number = numberIn(text);
  if (number === undefined || number < minValue || number > maxValue) return undefined;
  if (type === 'int') return Number.isSafeInteger(number) ? String(number) : undefined;
  return text.trim();
}

function numberWanted({ type, minValue, maxValue }: AskTags): string {
  const limits = [minValue === undefined ? '' : ` from ${minValue}`, maxValue === undefined ? '' : ` to ${maxValue}`];
  return `${type === 'int' ? 'a whole number' : 'a number'}${limits.join('')}`;
}

const isSecret = (ask: AskTags, field: string) => ask.type === 'password' || isSecretName(field);

function scalarOf(given: Given, field: string): string {
  if (typeof given === 'string' || typeof given === 'boolean') return String(given);
  if (typeof given === 'number' && Number.isFinite(given)) return String(given);
  return refuseValue(field, `is ${typeName(given)}, wanted is a text or a number`, 'Give a text, a number, true or false.');
}

const elementOf = (given: Given, field: string): HrdElement =>
  Array.isArray(given) ? given.map((one, i) => (Number.isSafeInteger(one) ? (one as number) : scalarOf(one, `${field}.${i}`))) : scalarOf(given, field);
