import { readdirSync, readFileSync } from 'node:fs';
import { appendedFiles } from './appended_files';
import { statProcess, type ProcessStat } from './identity';

/** One living process of the host, with the environment it was started with ("" where it may not be read). */
export interface SeenProcess extends ProcessStat {
  /** `NAME=value` entries, each between two NUL characters. */
  environ: string;
  /** Files that its mark or its output append to, see {@link MARK}; read when first asked for. */
  appended: () => string[];
}

/** The descriptor that all processes of a machine are given besides the usual three. */
export const MARK = 8;

let next: Promise<SeenProcess[]> | undefined;

/**
 * Every living process of the host but this one. Callers that ask in the same moment share one look, which begins
 * after the last of them asked: stopping a hundred machines at once reads the process table a few times, not a hundred.
 */
export function scanProcesses(): Promise<SeenProcess[]> {
  next ??= new Promise((resolve) => {
    setImmediate(() => {
      next = undefined;
      resolve(lookNow());
    });
  });
  return next;
}

/** True when the process was started with all of these in its environment. */
export const hasLabels = (seen: SeenProcess, labels: Record<string, string>): boolean =>
  Object.entries(labels).every(([name, value]) => seen.environ.includes(`\0${name}=${value}\0`));

function lookNow(): SeenProcess[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.flatMap((pid) => {
    const stat = pid === process.pid ? undefined : statProcess(pid);
    return stat?.alive ? [{ ...stat, environ: environOf(pid), appended: appendedOnce(pid) }] : [];
  });
}

function environOf(pid: number): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}`;
  } catch {
    return '';
  }
}

function appendedOnce(pid: number): () => string[] {
  let files: string[] | undefined;
  return () => (files ??= appendedFiles(pid, [MARK, 1, 2]));
}
