import { PassThrough, Readable, Writable } from 'node:stream';
import type { Io } from '../../cli/io';
import { runGrid } from '../../cli/program';

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  /** What was written to standard output, write by write. */
  writes: string[];
}

export interface RunOptions {
  env?: Record<string, string>;
  /** Columns of a terminal; none: standard output is a pipe. */
  terminal?: { columns: number; rows?: number };
  stdin?: string;
  /** Standard input is a terminal on which these are typed, one after each prompt; then it ends. */
  typed?: string[];
  signal?: AbortSignal;
  /** Sees each write as it happens. */
  onWrite?: (text: string) => void;
}

/** Runs `grid` with these words in this process, with streams of its own. */
export async function grid(words: string[], { env = {}, terminal, stdin = '', typed, signal, onWrite }: RunOptions = {}): Promise<Ran> {
  const writes: string[] = [];
  const errors: string[] = [];
  const into = (list: string[], see?: (text: string) => void) =>
    new Writable({ decodeStrings: false, write: (chunk: string, _encoding, done) => (list.push(String(chunk)), see?.(String(chunk)), done()) });
  const keyboard = typed && Object.assign(new PassThrough(), { isTTY: true });
  const left = [...(typed ?? [])];
  const type = (keys: PassThrough) => (left.length > 0 ? keys.write(left.shift()) : keys.end());
  const io: Io = {
    stdout: Object.assign(into(writes, onWrite), terminal ? { isTTY: true, rows: 24, ...terminal } : {}),
    stderr: into(errors, (text) => void (keyboard && text.endsWith(': ') && type(keyboard))),
    stdin: keyboard ?? (Readable.from(stdin ? [stdin] : []) as Io['stdin']),
    env,
    signal: signal ?? new AbortController().signal,
  };
  const code = await runGrid(words, io);
  return { code, stdout: writes.join(''), stderr: errors.join(''), writes };
}

/** What a terminal shows after these writes: as much of one as redrawing in place needs. */
export function terminalAfter(writes: string): string[] {
  const lines: string[] = [''];
  let row = 0;
  let column = 0;
  const before = () => (lines[row] ?? '').slice(0, column);
  for (const [part, ups] of [...writes.matchAll(/\x1b\[(\d+)A|\x1b\[\?25[lh]|\x1b\[K|\x1b\[J|\x1b\[\d+m|\r|\n|[^\x1b\r\n]+/g)]) {
    if (ups) row = Math.max(0, row - Number(ups));
    else if (part === '\r') column = 0;
    else if (part === '\n') [row, column] = [row + 1, 0];
    else if (part === '\x1b[K' || part === '\x1b[J') lines.splice(row, part === '\x1b[J' ? Infinity : 1, before());
    else if (!part.startsWith('\x1b')) {
      lines[row] = before().padEnd(column) + part + (lines[row] ?? '').slice(column + part.length);
      column += part.length;
    }
  }
  return lines;
}
