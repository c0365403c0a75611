import type { Code } from '../codes';
import { problem, problems, type Problem } from '../errors';
import { NAME, NAME_RULE } from '../ids';
import { isMap } from '../options';
import { raise } from '../raise';
import { idPath } from './seed_ids';

/** Fields of a posted object: what is wrong is noted, and reading goes on, so that one answer names all. */
export interface Fields {
  given: Record<string, unknown>;
  /** Before the names of fields in messages: `scaling_rule.`. */
  prefix: string;
  read: Set<string>;
  problems: Problem[];
}

const MAX_PROBLEMS = 20;
const MAX_NUMBER = 100_000;
const MAX_DATA = 200;

export const fieldsOf = (given: Record<string, unknown>): Fields => ({ given, prefix: '', read: new Set(), problems: [] });

/** Notes what is wrong with a field. */
export function wrong({ problems: noted, prefix }: Fields, field: string, message: string, fix: string, code: Code = 'invalid_task'): undefined {
  if (noted.length < MAX_PROBLEMS) noted.push(problem(400, code, message, fix, { field: prefix + field }));
}

/** @throws Problem with everything that was noted */
export function settle({ problems: noted }: Fields): void {
  if (noted.length > 0) raise(problems(noted));
}

/** Notes every field that nobody read: a misspelt one must not be passed over in silence. */
export function refuseOthers(fields: Fields, what: string): void {
  for (const name of Object.keys(fields.given)) {
    if (!fields.read.has(name)) wrong(fields, name, `${fields.prefix}${name}: ${what} has no such field`, `Leave it out; its fields are ${[...fields.read].join(', ')}.`, 'unknown_field');
  }
}

function take(fields: Fields, name: string): unknown {
  fields.read.add(name);
  return Object.hasOwn(fields.given, name) ? fields.given[name] : undefined;
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 60);

/** Reads one field; a missing or null one is `undefined`, and wrong unless it is optional. */
function reading<T>(wanted: string, accept: (value: unknown) => T | undefined) {
  return (fields: Fields, name: string, optional = false): T | undefined => {
    const value = take(fields, name);
    if (value === undefined || value === null) return optional ? undefined : wrong(fields, name, `${fields.prefix}${name}: is missing, wanted is ${wanted}`, `Give ${wanted}.`);
    return accept(value) ?? wrong(fields, name, `${fields.prefix}${name}: ${shown(value)} is not ${wanted}`, `Give ${wanted}.`);
  };
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
const isShort = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '' && value.length <= 200 && !/\p{Cc}/u.test(value);

export const readCount = reading(`a whole number from 0 to ${MAX_NUMBER}`, (v) => (isCount(v) && v <= MAX_NUMBER ? v : undefined));
export const readTime = reading('a number of milliseconds since 1970', (v) => (isCount(v) && Number.isSafeInteger(v) ? v : undefined));
export const readLabel = reading('a text of up to 200 characters', (v) => (isShort(v) ? v : undefined));
export const readName = reading(`a name: ${NAME_RULE}`, (v) => (typeof v === 'string' && NAME.test(v) ? v : undefined));
export const readObject = reading('an object', (v) => (isMap(v) ? v : undefined));
export const readThreshold = reading('a number, a text or true/false', (v) => (['number', 'string', 'boolean'].includes(typeof v) ? (v as number | string | boolean) : undefined));
export const readTrue = reading('true', (v) => (v === true ? (true as const) : undefined));
export const readUri = reading('an id: a URI, or its path from / on', (v) => (typeof v === 'string' && v.length <= 500 ? idPath(v) : undefined));

/** Any JSON value; only its absence is wrong. */
export function readAny(fields: Fields, name: string): unknown {
  const value = take(fields, name);
  return value === undefined ? wrong(fields, name, `${fields.prefix}${name}: is missing, wanted is any JSON value`, 'Give a value.') : value;
}

/** Values for a recipe's parameters: texts, of numbers and true/false their text. */
export function readData(fields: Fields, name: string): Record<string, string> | undefined {
  const given = readObject(fields, name, true);
  if (given === undefined) return undefined;
  const entries = Object.entries(given);
  if (entries.length > MAX_DATA) return wrong(fields, name, `${name}: has ${entries.length} values, at most ${MAX_DATA} are taken`, 'Give fewer.');
  for (const [key, value] of entries) {
    if (!/^[A-Za-z][\w.-]{0,199}$/.test(key)) wrong(fields, `${name}.${key}`, `${name}: ${shown(key)} is not a key`, 'Use letters, digits, ".", "_" and "-", e.g. param.port.');
    else if (!['string', 'number', 'boolean'].includes(typeof value)) wrong(fields, `${name}.${key}`, `${name}.${key}: ${shown(value)} is not a text, a number or true/false`, 'Give one of these.');
  }
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}

/** The object without the fields that were not given. */
export const present = (object: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
