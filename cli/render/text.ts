import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

const ASCII = /^[\x20-\x7e]*$/;
/** Controls, line separators and the marks that turn the direction of text: they would let data redraw the terminal. */
const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
const UNSAFE_IN_LINE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const graphemes = new Intl.Segmenter();

/** Columns the text takes in a terminal; colours take none. */
export const widthOf = (text: string): number => (ASCII.test(text) ? text.length : stringWidth(text));

/** One line of plain text out of any text. */
export const clean = (text: string): string => stripVTControlCharacters(text).replace(UNSAFE, ' ').trim();

/** Plain lines out of any text, e.g. the output of a script. */
export const cleanLines = (text: string): string[] =>
  stripVTControlCharacters(text)
    .replace(/\r\n?/g, '\n')
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.replaceAll('\t', '    ').replace(UNSAFE_IN_LINE, ' '));

/** The text in at most `width` columns, its end given up for `…`. */
export function fit(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  if (ASCII.test(text)) return `${text.slice(0, width - 1)}…`;
  let kept = '';
  for (const { segment } of graphemes.segment(text.slice(0, width * 16))) {
    if (widthOf(`${kept}${segment}…`) > width) break;
    kept += segment;
  }
  return `${kept}…`;
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
