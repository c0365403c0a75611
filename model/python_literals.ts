import type { Cursor } from './python_cursor';

const OPENING = /[uU]?("""|'''|"|')/y;
const PREFIXED = /[bBfFrR]{1,2}["']/y;

/** Undefined when no text begins here. Texts beside each other are one, as in Python. */
export function takeText(cursor: Cursor): string | undefined {
  let text: string | undefined;
  for (let part = takePart(cursor); part !== undefined; part = takePart(cursor)) {
    text = (text ?? '') + part;
    cursor.skip(true);
  }
  return text;
}

function takePart(cursor: Cursor): string | undefined {
  const at = cursor.at();
  if (cursor.take(PREFIXED)) cursor.refuse('bytes, raw and formatted texts are not read', at);
  const opening = cursor.take(OPENING);
  return opening && untilQuote(cursor, opening.replace(/^[uU]/, ''), at);
}

function untilQuote(cursor: Cursor, quote: string, at: number): string {
  const isLong = quote.length === 3;
  const plain = isLong ? /[^\\"']+/y : /[^\\"'\n]+/y;
  const end = new RegExp(quote, 'y');
  for (let text = ''; ; ) {
    if (cursor.take(end)) return text;
    const part = cursor.take(plain) ?? takeEscape(cursor) ?? cursor.take(/["']/y);
    if (part === undefined) cursor.refuse(`the text that begins with ${quote} does not end`, at);
    text += part;
  }
}

const ESCAPES: Record<string, string> = { '\n': '', '\\': '\\', "'": "'", '"': '"', a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const BY_NUMBER = /\\(?:[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/y;

function takeEscape(cursor: Cursor): string | undefined {
  const at = cursor.at();
  const numbered = cursor.take(BY_NUMBER);
  if (numbered) return characterOf(cursor, numbered, at);
  if (cursor.take(/\\[xuUN]/y)) cursor.refuse('this escape is not read', at);
  const escape = cursor.take(/\\[^]/y);
  // What Python has no escape for stays as it is written.
  return escape && (ESCAPES[escape[1]!] ?? escape);
}

function characterOf(cursor: Cursor, escape: string, at: number): string {
  const isOctal = /[0-7]/.test(escape[1]!);
  const code = Number.parseInt(escape.slice(isOctal ? 1 : 2), isOctal ? 8 : 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : cursor.refuse('there is no such character', at);
}

const NUMBER = /[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*)?\.?(?:\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?)/y;
const WHOLE = /^[+-]?(?:0[xob]|[\d_]+$)/i;

/** Undefined when no number begins here. */
export function takeNumber(cursor: Cursor): number | undefined {
  if (!/[-+.\d]/.test(cursor.peek())) return undefined;
  const at = cursor.at();
  const written = cursor.take(NUMBER) ?? '';
  const digits = written.replace(/^[+-]/, '').replaceAll('_', '');
  const isNumber = /\d/.test(written) && !/^0\d*[1-9]\d*$/.test(digits) && !/^\.?[eE]/.test(digits);
  if (!isNumber || cursor.take(/[\w.]/y)) cursor.refuse('this is no number that can be read', at);
  const value = Number(digits) * (written.startsWith('-') ? -1 : 1) || 0;
  const isKept = WHOLE.test(written) ? Number.isSafeInteger(value) : Number.isFinite(value);
  return isKept ? value : cursor.refuse('this number is too large to be kept as it is', at);
}
