import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { fromCharacter } from '../../bounded_output';
import { isMissing } from './directory';

/**
 * What a run printed, as one row of bytes counted from its start. `output.log` holds the newest of it; once that was
 * cut, `output.old.<n>` holds what came before, n being the number of bytes before `output.log` begins.
 */
export interface LogExtent {
  /** Oldest byte that is still there. */
  start: number;
  /** Where `output.log` begins. */
  base: number;
  end: number;
}

export const LOG_NAME = 'output.log';
export const logPath = (runPath: string) => join(runPath, LOG_NAME);
export const oldLogPath = (runPath: string, base: number) => join(runPath, `output.old.${base}`);

/** Which bytes of a run's output are there. */
export async function logExtent(runPath: string): Promise<LogExtent> {
  const base = Math.max(0, ...(await oldLogBases(runPath)));
  const old = base > 0 ? await sizeOf(oldLogPath(runPath, base)) : 0;
  return { start: base - old, base, end: base + (await sizeOf(logPath(runPath))) };
}

/** Numbers in the names of the old logs; more than one only for a moment. */
export async function oldLogBases(runPath: string): Promise<number[]> {
  const names = await readdir(runPath).catch(noneIfMissing<string[]>([]));
  return names.flatMap((name) => /^output\.old\.(\d+)$/.exec(name)?.[1] ?? []).map(Number);
}

/** Bytes from `from` on, at most `limit` of them, as far as they are there. */
export async function readLog(runPath: string, extent: LogExtent, from: number, limit: number): Promise<Buffer> {
  const to = Math.min(extent.end, from + limit);
  const older = from < extent.base
    ? await readBytes(oldLogPath(runPath, extent.base), from - extent.start, Math.min(to, extent.base) - from)
    : Buffer.alloc(0);
  const newer = to > extent.base
    ? await readBytes(logPath(runPath), Math.max(0, from - extent.base), to - Math.max(from, extent.base))
    : Buffer.alloc(0);
  return Buffer.concat([older, newer]);
}

/** The last bytes of a run's output, beginning at a whole character. */
export async function readTail(runPath: string, limit: number): Promise<Buffer> {
  const extent = await logExtent(runPath);
  const from = Math.max(extent.start, extent.end - limit);
  const bytes = await readLog(runPath, extent, from, limit);
  return from > extent.start ? fromCharacter(bytes) : bytes;
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(({ size }) => size, noneIfMissing(0));
}

async function readBytes(path: string, position: number, length: number): Promise<Buffer> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    return noneIfMissing(Buffer.alloc(0))(error);
  } finally {
    await file?.close();
  }
}

const noneIfMissing = <T>(none: T) => (error: unknown): T => {
  if (isMissing(error)) return none;
  throw error;
};
