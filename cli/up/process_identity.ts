import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One process for good: a pid alone is given again to others, also after a reboot. */
export interface ProcessIdentity {
  pid: number;
  /** When the process started, in the system's own words; only ever compared. */
  startTime: string;
  bootId: string;
}

/** The process that has this pid now, or undefined when there is none. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime, bootId: bootId() };
}

/** True while that very process lives; a zombie does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identity.bootId === bootId() && startTimeOf(identity.pid) === identity.startTime;
}

function startTimeOf(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? linuxStartTime(pid) : ask('ps', ['-o', 'lstart=', '-p', String(pid)]);
  } catch {
    return undefined;
  }
}

function linuxStartTime(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name may hold blanks and parentheses: the fields are counted from its end on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

function bootId(): string {
  return process.platform === 'linux'
    ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    : (ask('sysctl', ['-n', 'kern.boottime']) ?? '');
}

const ask = (command: string, args: string[]) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || undefined;
