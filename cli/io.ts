import type { Paper } from './render/paper';
import { createColors } from 'picocolors';

/** Everything of the process a command may touch; tests hand in their own. */
export interface Io {
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number };
  stderr: NodeJS.WritableStream;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  env: Record<string, string | undefined>;
  /** Aborted by Ctrl-C: ends what is being looked at, never what was started. */
  signal: AbortSignal;
}

/** Columns to stay within: COLUMNS, else the terminal's, else no limit (a pipe gets the whole text). */
export function columnsOf(io: Io): number {
  const wished = Number(io.env['COLUMNS']);
  if (Number.isInteger(wished) && wished > 0) return wished;
  return io.stdout.isTTY ? io.stdout.columns || 80 : Infinity;
}

export const isLive = (io: Io): boolean => io.stdout.isTTY === true && io.env['TERM'] !== 'dumb';

export function paperOf(io: Io): Paper {
  return { width: columnsOf(io), now: Date.now(), grid: commandName(io.env), color: createColors(isLive(io) && !io.env['NO_COLOR']) };
}

/** How this user calls us: from npm there need be no `grid` on the PATH. */
export const commandName = (env: Io['env']): string => (env['npm_execpath'] && !env['CLUSTERDN'] ? 'npx grid' : 'grid');

export function print(io: Io, text: string): void {
  if (text) io.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

export const printJson = (io: Io, document: unknown): void => print(io, JSON.stringify(document, null, 2));
