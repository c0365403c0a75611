import { refuseValue } from './refuse';

/** True for the characters that it stands for. */
export type CharTest = (char: string) => boolean;

export type PatternNode =
  | { kind: 'char'; is: CharTest }
  | { kind: 'all' | 'any'; of: PatternNode[] }
  | { kind: 'repeat'; what: PatternNode; min: number; max: number }
  | { kind: 'start' | 'end' };

interface Cursor {
  text: string;
  at: number;
  depth: number;
  /** The key that the expression belongs to. */
  field: string;
}

const MAX_DEPTH = 20;
const MAX_REPEAT = 1_000;
const FEW: Record<string, [number, number]> = { '*': [0, Infinity], '+': [1, Infinity], '?': [0, 1] };
const COUNTED = /\{(\d{1,5})(,(\d{0,5}))?\}/y;
const CLASSES: Record<string, RegExp> = { d: /^\d$/, D: /^\D$/, w: /^\w$/, W: /^\W$/, s: /^\s$/, S: /^\S$/ };
const CONTROL: Record<string, string> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v' };

/**
 * Reads a regular expression of characters, `.`, `[…]`, `\d \w \s` and their opposites, groups, `|`, `* + ? {m,n}`, `^`
 * and `$`. Raises Problem 400 for the field and anything else: back-references, looking around, flags.
 */
export function readPattern(text: string, field: string): PatternNode {
  const cursor = { text, at: 0, depth: 0, field };
  const node = readAny(cursor);
  return cursor.at < text.length ? refuse(cursor, 'a ) without its (') : node;
}

function readAny(cursor: Cursor): PatternNode {
  if (++cursor.depth > MAX_DEPTH) refuse(cursor, `groups more than ${MAX_DEPTH} deep`);
  const of = [readAll(cursor)];
  while (take(cursor, '|')) of.push(readAll(cursor));
  cursor.depth -= 1;
  return { kind: 'any', of };
}

function readAll(cursor: Cursor): PatternNode {
  const of: PatternNode[] = [];
  while (cursor.at < cursor.text.length && !/[|)]/.test(cursor.text[cursor.at]!)) of.push(readRepeated(cursor));
  return { kind: 'all', of };
}

function readRepeated(cursor: Cursor): PatternNode {
  const what = readOne(cursor);
  const [min, max] = readCount(cursor) ?? [];
  if (min === undefined || max === undefined) return what;
  if (min > max || min > MAX_REPEAT || (max > MAX_REPEAT && max !== Infinity)) refuse(cursor, `a repetition of more than ${MAX_REPEAT}, or of more than its own most`);
  // Whether it takes as little as it can makes no difference to whether the whole matches.
  take(cursor, '?');
  if (readCount(cursor)) refuse(cursor, 'a repetition of a repetition');
  return { kind: 'repeat', what, min, max };
}

function readCount(cursor: Cursor): [number, number] | undefined {
  const few = FEW[cursor.text[cursor.at] ?? ''];
  if (few) cursor.at += 1;
  if (few) return few;
  COUNTED.lastIndex = cursor.at;
  const [whole, min, comma, max] = COUNTED.exec(cursor.text) ?? [];
  if (whole === undefined) return undefined;
  cursor.at += whole.length;
  return [Number(min), comma === undefined ? Number(min) : max ? Number(max) : Infinity];
}

function readOne(cursor: Cursor): PatternNode {
  const char = next(cursor);
  if (char === '^') return { kind: 'start' };
  if (char === '$') return { kind: 'end' };
  if (char === '.') return { kind: 'char', is: (one) => one !== '\n' };
  if (char === '[') return { kind: 'char', is: readSet(cursor) };
  if (char === '(') return readGroup(cursor);
  if (FEW[char]) refuse(cursor, `a ${char} with nothing before it`);
  return { kind: 'char', is: char === '\\' ? readEscape(cursor).is : (one) => one === char };
}

function readGroup(cursor: Cursor): PatternNode {
  if (take(cursor, '?') && !take(cursor, ':')) refuse(cursor, 'a group that begins with (? and not with (?:');
  const node = readAny(cursor);
  return take(cursor, ')') ? node : refuse(cursor, 'a ( without its )');
}

function readEscape(cursor: Cursor): { is: CharTest; char?: string } {
  const char = next(cursor);
  const known = Object.hasOwn(CLASSES, char) ? CLASSES[char] : undefined;
  if (known) return { is: (one) => known.test(one) };
  const meant = Object.hasOwn(CONTROL, char) ? CONTROL[char]! : char;
  if (meant === char && /[A-Za-z0-9]/.test(char)) refuse(cursor, `\\${char}`);
  return { is: (one) => one === meant, char: meant };
}

/** What stands between brackets; a `]` at the beginning is a character. */
function readSet(cursor: Cursor): CharTest {
  const negated = take(cursor, '^');
  const tests: CharTest[] = [];
  do {
    const first = readMember(cursor);
    const isRange = first.char !== undefined && /^-[^\]]/.test(cursor.text.slice(cursor.at, cursor.at + 2));
    if (!isRange) {
      tests.push(first.is);
      continue;
    }
    cursor.at += 1;
    const low = first.char!;
    const high = readMember(cursor).char ?? '';
    if (high < low) return refuse(cursor, 'a range that is none');
    tests.push((one) => one >= low && one <= high);
  } while (!take(cursor, ']'));
  return (one) => tests.some((is) => is(one)) !== negated;
}

function readMember(cursor: Cursor): { is: CharTest; char?: string } {
  const char = next(cursor);
  return char === '\\' ? readEscape(cursor) : { is: (one) => one === char, char };
}

function next(cursor: Cursor): string {
  const char = cursor.text[cursor.at] ?? refuse(cursor, 'an end in the middle');
  cursor.at += 1;
  return char;
}

function take(cursor: Cursor, char: string): boolean {
  const isThere = cursor.text[cursor.at] === char;
  if (isThere) cursor.at += 1;
  return isThere;
}

const refuse = ({ field, at }: Cursor, what: string): never =>
  refuseValue(field, `its regex has ${what} (column ${at})`, 'Use characters, sets, groups and repetitions; the whole answer has to match.');
