import { closeSync, copyFileSync, existsSync, openSync, readSync, statSync, truncateSync } from 'node:fs';

const MAX_BYTES = 16 * 1024 * 1024;
const TAIL_BYTES = 4 * 1024;

/** Opens the log to go on at its end. The one who opened it closes it. */
export const openLog = (path: string): number => openSync(path, 'a', 0o600);

/**
 * Keeps a log at one older file of the same size at most. It is copied and cut instead of renamed, since the
 * process that writes it holds it open for as long as it lives.
 */
export function boundLog(path: string, maxBytes = MAX_BYTES): void {
  if (!existsSync(path) || statSync(path).size <= maxBytes) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
}

/** The last lines of a log, at most 4 KiB; empty when there is none. */
export function tailLog(path: string, lines = 15): string {
  if (!existsSync(path)) return '';
  const { size } = statSync(path);
  const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
  const fd = openSync(path, 'r');
  readSync(fd, buffer, 0, buffer.length, size - buffer.length);
  closeSync(fd);
  return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
