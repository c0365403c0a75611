import { readFileSync } from 'node:fs';

/** What tells one process from every other that ever had its number. */
export interface ProcessIdentity {
  pid: number;
  /** Field 22 of /proc/<pid>/stat: clock ticks since the host was booted. */
  startTime: number;
  bootId: string;
}

/** What /proc/<pid>/stat says, as far as it is needed here. */
export interface ProcessStat {
  pid: number;
  startTime: number;
  group: number;
  session: number;
  /** False for a zombie and for a process that is on its way out. */
  alive: boolean;
}

const PF_EXITING = 0x4;

let boot: string | undefined;

/** Id of the host's current boot; a pid means nothing beyond it. */
export const bootId = (): string => (boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());

/** The process with this number now, or undefined when there is none. */
export function statProcess(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name in parentheses may itself hold parentheses and spaces; the last one ends it, field 3 follows.
  const field = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const gone = 'ZX'.includes(field[0]!) || (Number(field[6]) & PF_EXITING) !== 0;
  return { pid, startTime: Number(field[19]), group: Number(field[2]), session: Number(field[3]), alive: !gone };
}

/** True while that very process exists, be it as a zombie: until then its number is nobody else's. */
export function exists(identity: ProcessIdentity): boolean {
  return identity.bootId === bootId() && statProcess(identity.pid)?.startTime === identity.startTime;
}

/** True while that very process runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.bootId !== bootId()) return false;
  const now = statProcess(identity.pid);
  return now !== undefined && now.alive && now.startTime === identity.startTime;
}

/** Sends a signal to a process, or to a group when `target` is negative. False when there is none. */
export function sendSignal(target: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(target, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
