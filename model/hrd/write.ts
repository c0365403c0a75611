import { bare, quote, wordOrQuoted } from './escape';
import { BINARY_END, hrdKey, wholeNumber, type Hrd, type HrdElement, type HrdItem } from './hrd';
import { maskQuoted } from './pieces';
import { refuseValue } from './refuse';
import { writeAsk } from './write_ask';

const KEY_WIDTH = 30;
const INDENT = '    ';

/**
 * The text of a file (§5.4.10), from which {@link parseHrd} gives the same items; an empty one for no items. `sorted`
 * puts the keys in order, as the files of instances are written (A-6). Raises Problem 400 for a key that cannot be
 * written, so that no value given from outside can add a line of its own.
 */
export function writeHrd({ items, comments }: Hrd, { sorted = false }: { sorted?: boolean } = {}): string {
  const ordered = sorted ? sortedByKey(items) : items;
  const parts = ordered.map((item) => [...item.comments.map(writeComment), `${writeKey(item.key)} =${writeValue(item)}`].join('\n'));
  const end = comments.map(writeComment).join('\n');
  const all = [...parts, ...(end ? [end] : [])];
  return all.length > 0 ? `${all.join('\n\n')}\n` : '';
}

const sortedByKey = (items: HrdItem[]) => items.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));

const writeComment = (comment: string) => `#${comment.replace(/^#/, '').replace(/[\r\n]/g, ' ')}`.trimEnd();

function writeKey(key: string): string {
  if (key !== hrdKey(key) || /[=#\r\n]/.test(key) || key.startsWith('@')) {
    refuseValue(key.slice(0, 60), 'is not a key', 'Use lower case letters, digits, ".", "_" and "-".');
  }
  return key.padEnd(KEY_WIDTH);
}

function writeValue(item: HrdItem): string {
  switch (item.type) {
    case 'unknown':
      return ' ';
    case 'base':
      return ` ${writeText(item.value)}`;
    case 'list':
      return lines(item.value.map((element) => `${writeElement(element)},`), ',');
    case 'dict':
      // A lone colon is a dict without entries.
      return lines(item.value.map(([name, value]) => `${bare(name)}:${name !== '' && value === '' ? '' : writeElement(value)},`), ':,');
    case 'ask':
      return `${item.prefix && ` ${bare(item.prefix)}`} ${writeAsk(item.value)}`;
    case 'binary':
      return ` ${item.encoding}\n${writeBinary(item.key, item.value)}${BINARY_END}`;
  }
}

const lines = (texts: string[], whenEmpty: string) => (texts.length > 0 ? texts : [whenEmpty]).map((text) => `\n${INDENT}${text}`).join('');

const writeElement = (element: HrdElement): string => (typeof element === 'string' ? quote(element) : nested(element));

const nested = (list: (string | number)[]) => `[${list.map((one) => (typeof one === 'number' || wholeNumber(one) === undefined ? wordOrQuoted(String(one)) : quote(one))).join(',')}]`;

/** Between single quotes, unless it is double quotes that protect it, or it is lines that can stand as they are. */
function writeText(text: string): string {
  if (/^"[^"'\\#\r\n]*"$/.test(text)) return text;
  return isLines(text) ? lines(text.slice(0, -1).split('\n'), '') : quote(text);
}

function isLines(text: string): boolean {
  if (!text.endsWith('\n') || /[#\r]/.test(text)) return false;
  const all = text.slice(0, -1).split('\n');
  const first = all[0]!;
  return first === first.trimStart() && !maskQuoted(first).endsWith(',') && all.every((line) => line !== '' && line === line.trimEnd());
}

function writeBinary(key: string, value: string): string {
  if (value.includes('\r') || value.split('\n').some((line) => line.trimStart().startsWith(BINARY_END))) {
    refuseValue(key, 'holds what ends a line or a binary value', 'Encode it, as base64 or quoted-printable.');
  }
  return value === '' ? '' : `${value}\n`;
}
