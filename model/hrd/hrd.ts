/** A file of dotted keys and values, in the order and with the comments in which it was written (A-3 … A-6, grammar §5.4). */
export interface Hrd {
  items: HrdItem[];
  /** What follows the last item. A comment keeps its `#`. */
  comments: string[];
}

/** What a list holds, and a dict under a key: a text, or a list written in brackets (`[1,2,3]`). */
export type HrdElement = string | (string | number)[];

/** Pairs, not an object: the keys `10` and `2` stay in the order in which they were written. */
export type HrdPairs = [string, HrdElement][];

/**
 * `base` is a text, quoted in the file or not, `unknown` a key with nothing behind it, `ask` a question to whoever
 * installs. Texts stay texts: the getters convert.
 */
export type HrdValue =
  | { type: 'base'; value: string }
  | { type: 'list'; value: HrdElement[] }
  | { type: 'dict'; value: HrdPairs }
  | { type: 'ask'; value: AskTags; prefix: string }
  | { type: 'binary'; value: string; encoding: 'b' | 'bqp' }
  | { type: 'unknown'; value: '' };

export type HrdItem = { key: string; comments: string[] } & HrdValue;

export const ASK_TYPES = ['str', 'password', 'list', 'multiline', 'float', 'int', 'bool', 'dropdown', 'dict'] as const;
export type AskType = (typeof ASK_TYPES)[number];

/** The tags of an `@ASK` (§5.4.9); what is not there was not written. */
export interface AskTags {
  /** Under which an answer may also be given; without it the key. */
  name?: string;
  type: AskType;
  descr?: string;
  /** An empty default is one: the question is not asked then. */
  default?: string;
  /** Which the whole answer has to match. */
  regex?: string;
  retry?: number;
  minValue?: number;
  maxValue?: number;
  dropdownvals?: string[];
}

/** Longest file read and most text that references may insert, in characters. */
export const MAX_HRD_CHARS = 1_048_576;

/** The line that ends a binary value. */
export const BINARY_END = '#BINARYEND#########';

/** Keys know no capitals. */
export const hrdKey = (key: string): string => key.trim().toLowerCase();

export const findItem = (hrd: Hrd, key: string): HrdItem | undefined => {
  const wanted = hrdKey(key);
  return hrd.items.find((item) => item.key === wanted);
};

/** A number only where writing it again gives the same text: `007` and `1e3` stay texts. */
export function wholeNumber(text: string): number | undefined {
  const number = /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}
