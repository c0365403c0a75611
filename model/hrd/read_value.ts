import type { HrdElement, HrdPairs, HrdValue } from './hrd';
import { maskQuoted, readElement, splitPair, splitPieces, unquote } from './pieces';
import { readAsk } from './read_ask';
import { refuseAt, type Place } from './refuse';

const ASK = /(^|\s)@ask(?!\w)/i;

/** One line of a value that goes over several. */
export interface BlockLine {
  /** As written, with its indentation and without its comment. */
  text: string;
  line: number;
}

/** The value behind `=` on the same line, its type by its looks (§5.4.3). */
export function readInline(text: string, place: Place, key: string): HrdValue {
  const mask = maskQuoted(text);
  const ask = ASK.exec(mask);
  if (ask) {
    const at = ask.index + ask[0].length;
    return { type: 'ask', value: readAsk(text.slice(at), place, key), prefix: unquote(text.slice(0, ask.index).trim()) };
  }
  if (mask.includes(':')) return { type: 'dict', value: readPairs([{ text, place }], 'inline', key) };
  if (mask.includes(',')) return { type: 'list', value: readList([text], 'inline') };
  return { type: 'base', value: unquote(text) };
}

/** The value on the indented lines below its key: the first decides whether it is a dict, a list or a text (§5.4.4). */
export function readBlock(lines: BlockLine[], key: string): HrdValue {
  const first = lines[0];
  if (!first) return { type: 'unknown', value: '' };
  const mask = maskQuoted(first.text.trim());
  if (!mask.endsWith(',')) return { type: 'base', value: readText(lines, first) };
  if (!mask.includes(':')) return { type: 'list', value: readList(lines.map(({ text }) => text), 'block') };
  return { type: 'dict', value: readPairs(lines.map(({ text, line }) => ({ text, place: { line, column: 1 } })), 'block', key) };
}

const readList = (texts: string[], how: 'inline' | 'block'): HrdElement[] =>
  texts.flatMap((text) => splitPieces(text, how).map((piece) => readElement(piece.text)));

function readPairs(texts: { text: string; place: Place }[], how: 'inline' | 'block', key: string): HrdPairs {
  const pairs = new Map<string, HrdElement>();
  for (const { text, place } of texts) {
    for (const piece of splitPieces(text, how)) {
      // A lone colon is how a dict without entries is written.
      if (piece.text === ':') continue;
      const pair = splitPair(piece.text);
      const at = { line: place.line, column: place.column + piece.offset };
      if (!pair) refuseAt(at, `${key} is a dict, but ${piece.text.slice(0, 60)} has no colon`, 'Write name:value, or put a text with commas or colons between single quotes.', key);
      pairs.set(...pair);
    }
  }
  return [...pairs];
}

/** Each line without the indentation that the first has, and with a newline at its end. */
function readText(lines: BlockLine[], first: BlockLine): string {
  const indent = first.text.length - first.text.trimStart().length;
  return lines.map(({ text }) => `${text.slice(Math.min(indent, text.length - text.trimStart().length)).trimEnd()}\n`).join('');
}
