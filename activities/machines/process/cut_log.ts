import { watch } from 'node:fs';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { logExtent, logPath, oldLogBases, oldLogPath } from './log_file';

/** A log that grew beyond this is cut, and so much of its end is kept beside it: together the most it takes on disk. */
export const LOG_LIMIT_BYTES = 16 * 1024 * 1024;
export const LOG_KEPT_BYTES = 8 * 1024 * 1024;

/** How often a log that is being written is looked at. One that is not costs nothing. */
const LOOK_EVERY_MS = 1_000;

/** Keeps a run's log within its bounds until the signal is aborted. */
export function boundLog(runPath: string, signal: AbortSignal): void {
  if (signal.aborted) return;
  const changes = watch(logPath(runPath), { persistent: false });
  const close = () => changes.close();
  signal.addEventListener('abort', close, { once: true });
  changes.on('error', close);
  changes.once('change', () => {
    signal.removeEventListener('abort', close);
    close();
    setTimeout(() => {
      cutLog(runPath).then(() => boundLog(runPath, signal)).catch(() => {});
    }, LOOK_EVERY_MS).unref();
  });
}

/**
 * Cuts the log of a run if it is too long. Writers append, so they go on at its new end; what they write in the moment
 * of the cut may be lost.
 */
export async function cutLog(runPath: string): Promise<void> {
  const { base, end } = await logExtent(runPath);
  if (end - base <= LOG_LIMIT_BYTES) return;
  const before = await oldLogBases(runPath);
  const copy = join(runPath, `output.copy.${process.pid}`);
  await pipeline(
    createReadStream(logPath(runPath), { start: end - base - LOG_KEPT_BYTES, end: end - base - 1 }),
    createWriteStream(copy, { mode: 0o600 }),
  );
  await rename(copy, oldLogPath(runPath, end));
  await truncate(logPath(runPath));
  await Promise.all(before.map((old) => rm(oldLogPath(runPath, old), { force: true })));
}
