import { cursorOver, type Cursor } from './python_cursor';
import { takeNumber, takeText } from './python_literals';

export type PythonValue = string | number | boolean | null | PythonValue[] | { [key: string]: PythonValue };

const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const WORDS: Record<string, boolean | null> = { True: true, False: false, None: null };
const DEEPEST = 64;

/**
 * The dicts that a Python file assigns to names, in its order: `computes.py` and `services.py` in the form of seed 001
 * (G-3, C-8). The file is read as data and never run: `name = {…}` at the left edge, with text, numbers, True, False,
 * None, lists, tuples (lists here) and dicts with text as keys, comments and trailing commas. A name that comes twice
 * has its last dict.
 * @throws Problem 400 `not_plain_data` for everything else, with line and column
 */
export function readPythonDicts(text: string): Record<string, Record<string, PythonValue>> {
  const cursor = cursorOver(text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n'));
  const found: [string, Record<string, PythonValue>][] = [];
  for (skipEmptyLines(cursor); cursor.peek(); skipEmptyLines(cursor)) found.push(takeAssignment(cursor));
  return Object.fromEntries(found);
}

function skipEmptyLines(cursor: Cursor): void {
  while (cursor.take(/[ \t\f]*(?:#[^\n]*)?\n/y));
  cursor.take(/[ \t\f]*(?:#[^\n]*)?$/y);
}

function takeAssignment(cursor: Cursor): [string, Record<string, PythonValue>] {
  const at = cursor.at();
  const name = cursor.take(NAME);
  if (!name || Object.hasOwn(WORDS, name)) cursor.refuse('a name was expected here, as in name = {…}', at);
  cursor.skip(false);
  if (!cursor.take(/=(?!=)/y)) cursor.refuse(`only ${name} = {…} is read`);
  cursor.skip(false);
  if (cursor.peek() !== '{') cursor.refuse('a dict was expected here, as in name = {…}');
  const value = takeValue(cursor, 0) as Record<string, PythonValue>;
  cursor.skip(false);
  if (cursor.peek() && !cursor.take(/\n/y)) cursor.refuse('nothing but a comment may follow a dict on its line');
  return [name, value];
}

function takeValue(cursor: Cursor, depth: number): PythonValue {
  const at = cursor.at();
  if (depth > DEEPEST) cursor.refuse(`nested deeper than ${DEEPEST} levels`);
  if (cursor.take(/\{/y)) return Object.fromEntries(takeItems(cursor, '}', () => takePair(cursor, depth + 1)).items);
  if (cursor.take(/\[/y)) return takeItems(cursor, ']', () => takeValue(cursor, depth + 1)).items;
  if (cursor.take(/\(/y)) return takeParentheses(cursor, depth);
  const simple = takeText(cursor) ?? takeNumber(cursor);
  if (simple !== undefined) return simple;
  const word = cursor.take(NAME);
  if (word && Object.hasOwn(WORDS, word)) return WORDS[word]!;
  return cursor.refuse(word ? `${word} is a name, and no name has a value here` : 'a value was expected here', at);
}

/** A tuple, or one value in parentheses. */
function takeParentheses(cursor: Cursor, depth: number): PythonValue {
  const { items, comma } = takeItems(cursor, ')', () => takeValue(cursor, depth + 1));
  return items.length === 1 && !comma ? items[0]! : items;
}

function takePair(cursor: Cursor, depth: number): [string, PythonValue] {
  const at = cursor.at();
  const key = takeText(cursor);
  if (key === undefined) cursor.refuse('a text was expected here, as key of a dict', at);
  if (!cursor.take(/:/y)) cursor.refuse('a ":" was expected here: only dicts have braces');
  cursor.skip(true);
  return [key, takeValue(cursor, depth)];
}

/** What is between brackets, of which the first is taken already; `comma` tells whether one follows the last item. */
function takeItems<T>(cursor: Cursor, close: string, takeItem: () => T): { items: T[]; comma: boolean } {
  const items: T[] = [];
  const closing = new RegExp(`\\${close}`, 'y');
  for (let comma = false; ; ) {
    cursor.skip(true);
    if (cursor.take(closing)) return { items, comma };
    if (items.length > 0 && !comma) cursor.refuse(`a "," or "${close}" was expected here`);
    items.push(takeItem());
    cursor.skip(true);
    comma = cursor.take(/,/y) !== undefined;
  }
}
