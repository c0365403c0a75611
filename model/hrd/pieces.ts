import { unescape } from './escape';
import { wholeNumber, type HrdElement } from './hrd';

const QUOTED = /'[^']*'|"[^"]*"|\{\{[^{}]*\}\}/g;
const BRACKETS = /\[[^[\]]*\]/g;

const blank = (found: string) => 'x'.repeat(found.length);

/** The text with everything quoted, and every `{{…}}`, blanked out at the same length: commas and colons left are separators. */
export const maskQuoted = (text: string): string => text.replace(QUOTED, blank);

const maskBrackets = (text: string): string => text.replace(BRACKETS, blank);

export interface Piece {
  text: string;
  /** Where it begins in the text that was split. */
  offset: number;
}

/** What stands between commas, without what is empty. `inline` splits inside quotes too, as the format always did on one line (§5.4.6). */
export function splitPieces(text: string, how: 'inline' | 'block'): Piece[] {
  const mask = maskBrackets(how === 'block' ? maskQuoted(text) : text);
  const pieces: Piece[] = [];
  for (let from = 0; from <= mask.length; ) {
    const comma = mask.indexOf(',', from);
    const end = comma < 0 ? mask.length : comma;
    const piece = text.slice(from, end);
    if (piece.trim() !== '') pieces.push({ text: piece.trim(), offset: from + piece.length - piece.trimStart().length });
    from = end + 1;
  }
  return pieces;
}

/** Key and value of a piece of a dict, undefined when it has no colon. */
export function splitPair(piece: string): [string, HrdElement] | undefined {
  const colon = maskQuoted(piece).indexOf(':');
  return colon < 0 ? undefined : [unquote(piece.slice(0, colon).trim()), readElement(piece.slice(colon + 1).trim())];
}

const isWhole = (text: string, first: string, last: string) => text.length >= 2 && text.startsWith(first) && text.endsWith(last);

/** The text without the quotes around it, or without the one that splitting left on it. */
export const unquote = (text: string): string => unescape(isWhole(text, "'", "'") ? text.slice(1, -1) : text.replace(/^'|'$/g, ''));

/** One element of a list or value of a dict: `[1,2,3]` is a list of its own, everything else a text. */
export function readElement(text: string): HrdElement {
  if (!isWhole(text, '[', ']')) return unquote(text);
  return splitPieces(text.slice(1, -1), 'block').map((piece) => wholeNumber(piece.text) ?? unquote(piece.text));
}

/** The elements of a text with commas. */
export const textToList = (text: string): HrdElement[] => splitPieces(text, 'block').map((piece) => readElement(piece.text));
