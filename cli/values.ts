import type { OptionValue } from '../model/product';
import { usage } from './exit';

/**
 * `key=value …` as options: a value is read as JSON where that loses nothing, else it is text. So `size=2` is a
 * number, `version=1.10` stays the text `1.10`, and the grid turns it into what the product's default is.
 */
export function parseValues(pairs: readonly string[]): Record<string, OptionValue> {
  return Object.fromEntries(pairs.map(parsePair));
}

function parsePair(pair: string): [string, OptionValue] {
  const at = pair.indexOf('=');
  if (at < 1) throw usage(`"${pair}" is not an option`, 'write options as key=value, e.g. size=2');
  return [pair.slice(0, at), parseValue(pair.slice(at + 1))];
}

function parseValue(text: string): OptionValue {
  try {
    const value = JSON.parse(text) as OptionValue;
    return typeof value === 'number' && String(value) !== text ? text : value;
  } catch {
    return text;
  }
}

/** `key=value …` as a recipe's data: every value is text. */
export function parseData(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw usage(`"${pair}" is not a value`, 'write values as key=value, e.g. --data param.port=8081');
    return [pair.slice(0, at), pair.slice(at + 1)];
  }));
}

/** @param name as the user wrote it, e.g. `--max` */
export function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw usage(`${name} ${text} is not a whole number`, `write e.g. ${name} 2`);
  return Number(text);
}
