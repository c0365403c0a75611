import type { Code } from './codes';
import { problem, problems, type Problem } from './errors';
import type { OptionValue, ProductOptions } from './product';

const GROUPS = ['required', 'optional', 'advanced'] as const;
const SHAPE = '{"required": {}, "optional": {}, "advanced": {}, "descriptions": {}}';
/** Keys that mean something to JavaScript itself: carried on, they could change objects of ours. */
const UNSAFE = ['__proto__', 'constructor', 'prototype'];
const SECRET = /passw|secret|token|credential|(^|[._-])key$/i;
const TYPE_NAMES: Record<string, string> = { list: 'a list', map: 'a map', string: 'a text', number: 'a number', boolean: 'true or false', null: 'null' };
const MAX_PROBLEMS = 20;
const MAX_DEPTH = 20;

type Values = Record<string, OptionValue>;

/** True when an option by this name probably holds a secret, which no message may repeat. */
export const isSecretName = (name: string): boolean => SECRET.test(name);

/**
 * Checks the shape of a product's options, already parsed from JSON (P-7). A map left out is empty.
 * Returns a Problem 400 with the field for anything else than four maps, the last one of texts.
 */
export function parseOptions(value: unknown): ProductOptions | Problem {
  if (!isMap(value)) return wrongShape('options', `options are ${typeName(value)}, not a map`);
  const found: Problem[] = [];
  for (const key of Object.keys(value)) {
    if (key !== 'descriptions' && !GROUPS.some((group) => group === key)) found.push(wrongShape(`options.${key}`, `options have no part called ${key}`));
  }
  const part = (name: string): Record<string, unknown> => {
    const given = value[name] ?? {};
    if (!isMap(given)) found.push(wrongShape(`options.${name}`, `options.${name} is ${typeName(given)}, not a map`));
    return isMap(given) ? given : {};
  };
  const values = (name: string) => {
    const given = part(name);
    found.push(...unsafeNames(given, `options.${name}`));
    return given as Values;
  };
  const [required, optional, advanced] = GROUPS.map(values) as [Values, Values, Values];
  const descriptions = part('descriptions') as Record<string, string>;
  for (const [name, text] of Object.entries(descriptions)) {
    if (typeof text !== 'string') found.push(wrongShape(`options.descriptions.${name}`, `the description of ${name} is ${typeName(text)}, not a text`));
  }
  found.push(...unsafeNames(descriptions, 'options.descriptions'));
  return found.length > 0 ? problems(found.slice(0, MAX_PROBLEMS)) : { required, optional, advanced, descriptions };
}

/**
 * What an order asks for (P-20, P-21): the defaults advanced ∪ optional ∪ required, overridden by the request. Every
 * required option must be in the request; a value is coerced to the type of its default, so that `"2"` from a command
 * line is the number that a template's `range` needs; options that the product does not know are kept as they came.
 * Everything wrong with the request comes in one Problem 400, each with the field `options.<name>`.
 */
export function mergeOptions(options: ProductOptions, request: unknown): { values: Values } | Problem {
  const defaults = defaultsOf(options);
  const missing = isMap(request) ? Object.keys(options.required).filter((name) => !Object.hasOwn(request, name)) : [];
  return applied(options, defaults, request, missing);
}

/** What a running cluster's order becomes by a PATCH: the changes, checked and coerced likewise, over the values it has. */
export function scaleOptions(previous: Values, options: ProductOptions, changes: unknown): { values: Values } | Problem {
  return applied(options, { ...defaultsOf(options), ...previous }, changes, []);
}

function applied(options: ProductOptions, base: Values, request: unknown, missing: string[]): { values: Values } | Problem {
  if (!isMap(request)) {
    return invalid('options', 'invalid_options', `the options given are ${typeName(request)}, not a map`, 'Give a JSON object, such as {"size": 2}.');
  }
  const defaults = defaultsOf(options);
  const found = [...missing.map((name) => missingOption(name, options)), ...unsafeNames(request, 'options')];
  const values: Values = { ...base };
  for (const [name, given] of Object.entries(request as Values)) {
    const value = Object.hasOwn(defaults, name) ? coerced(given, defaults[name]!) : given;
    if (value === undefined) found.push(wrongType(name, given, defaults[name]!));
    else values[name] = value;
  }
  return found.length > 0 ? problems(found.slice(0, MAX_PROBLEMS)) : { values };
}

const defaultsOf = (options: ProductOptions): Values => ({ ...options.advanced, ...options.optional, ...options.required });

/** The value as the type of the default, or undefined when it cannot be one. A default of null takes anything. */
function coerced(given: OptionValue, fallback: OptionValue): OptionValue | undefined {
  if (fallback === null || kindOf(given) === kindOf(fallback)) return given;
  if (typeof fallback === 'number') return typeof given === 'string' ? numberIn(given) : undefined;
  if (typeof fallback === 'boolean') return typeof given === 'string' ? { true: true, false: false }[given.trim().toLowerCase()] : undefined;
  if (typeof fallback === 'string') return typeof given === 'number' || typeof given === 'boolean' ? String(given) : undefined;
  return undefined;
}

/** The finite decimal number that a text is, or undefined. */
export function numberIn(text: string): number | undefined {
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : NaN;
  return Number.isFinite(number) ? number : undefined;
}

const kindOf = (value: unknown) => (Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value === 'object' ? 'map' : typeof value);

/** The type of a value as a person says it, with an article. */
export const typeName = (value: unknown): string => TYPE_NAMES[kindOf(value)] ?? 'nothing';

/** True for what JSON calls an object. */
export const isMap = (value: unknown): value is Record<string, unknown> => kindOf(value) === 'map';

function missingOption(name: string, options: ProductOptions): Problem {
  const example = isSecretName(name) ? '…' : options.required[name];
  const about = options.descriptions[name];
  return invalid(`options.${name}`, 'missing_option', `option ${name} is required and was not given`,
    `Give it, such as ${JSON.stringify({ [name]: example })}${about ? ` (${about})` : ''}.`);
}

function wrongType(name: string, given: OptionValue, fallback: OptionValue): Problem {
  const shown = isSecretName(name) ? 'its value' : JSON.stringify(given).slice(0, 80);
  return invalid(`options.${name}`, 'wrong_option_type', `option ${name}: ${shown} is ${typeName(given)}, wanted is ${typeName(fallback)}`,
    `Give ${typeName(fallback)}${isSecretName(name) ? '' : `, such as ${JSON.stringify(fallback).slice(0, 80)}`}.`);
}

/** Every key below a value that must not be carried on, as problems; and what is nested so deeply that reading it is unsafe. */
function unsafeNames(value: unknown, where: string, depth = 0): Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  if (depth > MAX_DEPTH) return [invalid(where, 'invalid_options', 'options are nested too deeply', `Use at most ${MAX_DEPTH} levels.`)];
  return Object.entries(value).flatMap(([key, inner]) => {
    const field = `${where}.${key}`;
    if (UNSAFE.includes(key)) return [invalid(field, 'forbidden_name', `${field}: an option cannot be called ${key}`, 'Use another name.')];
    return unsafeNames(inner, depth === 0 ? field : where, depth + 1);
  });
}

const wrongShape = (field: string, message: string) => invalid(field, 'invalid_options', message, `Options have this form: ${SHAPE}.`);

const invalid = (field: string, code: Code, message: string, fix: string) => problem(400, code, message, fix, { error: 'invalid options', field });
