import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { MachineExit } from '../../../model/machine';
import type { ProcessIdentity } from '../../processes/identity';
import { isMissing, readIfThere, type MachineDirectory } from './directory';

/**
 * One time a machine was started. A dead run is never brought back: the machine gets the next one, so that of two
 * starts at the same time neither can take the other's for the dead one.
 */
export interface Run {
  number: number;
  path: string;
}

/** A run whose init has begun. */
export interface RecordedRun extends Run {
  record: ProcessIdentity;
  startedAt: string;
}

export const runAt = (dir: MachineDirectory, number: number): Run => ({ number, path: join(dir.runs, String(number)) });

/** Numbers of the runs, newest first. */
export async function runNumbers(dir: MachineDirectory): Promise<number[]> {
  try {
    const names = await readdir(dir.runs);
    return names.map(Number).filter(Number.isInteger).sort((a, b) => b - a);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** The newest run that has begun. */
export async function newestRun(dir: MachineDirectory): Promise<RecordedRun | undefined> {
  for (const number of await runNumbers(dir)) {
    const recorded = await readRecord(runAt(dir, number));
    if (recorded) return recorded;
  }
  return undefined;
}

/** The run with its record, or undefined while none of its inits has come so far. */
export async function readRecord(run: Run): Promise<RecordedRun | undefined> {
  const path = join(run.path, 'record');
  try {
    const [text, { mtime }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    const [pid, startTime, bootId] = text.trim().split(' ');
    return { ...run, record: { pid: Number(pid), startTime: Number(startTime), bootId: bootId! }, startedAt: mtime.toISOString() };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export const recordText = ({ pid, startTime, bootId }: ProcessIdentity) => `${pid} ${startTime} ${bootId}\n`;

/**
 * How a dead run ended. When its init was killed nobody wrote that down: then it is unknown, and the time is the time
 * at which this was first asked.
 */
export async function exitOf(run: Run): Promise<MachineExit> {
  const path = join(run.path, 'exit');
  const written = await readIfThere(path);
  if (written === undefined) {
    await writeFile(path, 'unknown\n', { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST' && !isMissing(error)) throw error;
    });
  }
  const at = await stat(path).then(({ mtime }) => mtime, () => new Date());
  return { ...statusOf(written), at: at.toISOString() };
}

/** A shell says 128 + n both for a command that signal n ended and for one that exits so; the former is the rule. */
function statusOf(text = 'unknown'): { code: number | null; signal: string | null } {
  const status = text.trim();
  if (!/^\d+$/.test(status)) return { code: null, signal: null };
  const signal = Object.entries(constants.signals).find(([, number]) => number + 128 === Number(status))?.[0];
  return signal ? { code: null, signal } : { code: Number(status), signal: null };
}
