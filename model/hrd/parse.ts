import { problem } from '../errors';
import { raise } from '../raise';
import { BINARY_END, hrdKey, MAX_HRD_CHARS, type Hrd, type HrdItem, type HrdValue } from './hrd';
import { readBlock, readInline, type BlockLine } from './read_value';
import { refuseAt } from './refuse';

/**
 * Reads a file of keys and values (§5.4). Lines without `=` and lines beginning with `@` are passed over; a key written
 * twice has the later value. Raises Problem 400 `invalid_hrd` with the line, or 413 `hrd_too_long` beyond a MiB.
 */
export function parseHrd(text: string): Hrd {
  refuseTooLong(text);
  // A byte order mark at the beginning counts as a blank.
  const source = text.split(/\r\n|\r|\n/);
  const lastEnd = source.findLastIndex(isBinaryEnd);
  const items = new Map<string, HrdItem>();
  let comments: string[] = [];
  for (let at = 0; at < source.length; ) {
    const { code, comment } = splitComment(source[at]!);
    at += 1;
    if (comment !== undefined) comments.push(comment);
    const equals = code.indexOf('=');
    if (equals < 0 || code.trimStart().startsWith('@')) continue;
    const key = hrdKey(code.slice(0, equals));
    const found = readValue(source, at, { key, code, equals, lastEnd });
    at = found.next;
    const kept = items.get(key)?.comments ?? [];
    for (const one of [...comments, ...found.comments]) kept.push(one);
    items.set(key, { key, comments: kept, ...found.value });
    comments = [];
  }
  return { items: [...items.values()], comments };
}

interface Found {
  value: HrdValue;
  comments: string[];
  /** The line, counted from 0, at which reading goes on. */
  next: number;
}

interface Head {
  key: string;
  code: string;
  equals: number;
  /** The last line of the file that ends a binary value, -1 without any. */
  lastEnd: number;
}

function readValue(source: string[], at: number, { key, code, equals, lastEnd }: Head): Found {
  const behind = code.slice(equals + 1);
  const text = behind.trim();
  const place = { line: at, column: equals + 2 + behind.length - behind.trimStart().length };
  if (text === 'b' && lastEnd >= at) return readBinary(source, at, 'b');
  if (text === 'bqp') return lastEnd >= at ? readBinary(source, at, 'bqp') : refuseAt(place, `${key} is binary and does not end`, `End it with the line ${BINARY_END}.`, key);
  if (text !== '') return { value: readInline(text, place, key), comments: [], next: at };
  const block = takeBlock(source, at);
  return { value: readBlock(block.lines, key), comments: block.comments, next: block.next };
}

function readBinary(source: string[], at: number, encoding: 'b' | 'bqp'): Found {
  let end = at;
  while (!isBinaryEnd(source[end]!)) end += 1;
  return { value: { type: 'binary', value: source.slice(at, end).join('\n'), encoding }, comments: [], next: end + 1 };
}

/** The indented lines from here on. A line that is only a comment does not end them; after the last one it belongs to the next item. */
function takeBlock(source: string[], at: number): { lines: BlockLine[]; comments: string[]; next: number } {
  const block = { lines: [] as BlockLine[], comments: [] as string[], next: at };
  let passed: string[] = [];
  for (let i = at; i < source.length; i++) {
    const { code, comment } = splitComment(source[i]!);
    const isBlank = code.trim() === '';
    if (isBlank ? comment === undefined : !/^[ \t]/.test(code)) break;
    if (comment !== undefined) passed.push(comment);
    if (isBlank) continue;
    for (const one of passed) block.comments.push(one);
    passed = [];
    block.lines.push({ text: code, line: i + 1 });
    block.next = i + 1;
  }
  return block;
}

function splitComment(line: string): { code: string; comment?: string } {
  const hash = line.indexOf('#');
  return hash < 0 ? { code: line } : { code: line.slice(0, hash), comment: line.slice(hash).trimEnd() };
}

const isBinaryEnd = (line: string) => line.trimStart().startsWith(BINARY_END);

function refuseTooLong(text: string): void {
  if (text.length <= MAX_HRD_CHARS) return;
  const line = text.slice(0, MAX_HRD_CHARS).split(/\r\n|\r|\n/).length;
  raise(problem(413, 'hrd_too_long', `the text has ${text.length} characters, read are at most ${MAX_HRD_CHARS} (line ${line}, column 1)`, 'Keep large content in a file of its own.', { line }));
}
