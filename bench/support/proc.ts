import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Linux counts process time in these, whatever the kernel's own clock is. */
const TICKS_PER_SECOND = 100;

/** Resident memory of a process, in MB (10⁶ bytes). */
export const residentMb = (pid: number): number => statusMb(pid, 'VmRSS');

/** That part of it which no other process shares: what is in no file. */
export const ownMb = (pid: number): number => statusMb(pid, 'RssAnon');

/** Resident memory of processes that share much, in MB: what several have counts once. */
export const sharedMb = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + proportionalMb(pid), 0);

/** One that has just ended takes nothing. */
function proportionalMb(pid: number): number {
  try {
    return (Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024) / 1e6;
  } catch {
    return 0;
  }
}

/** A process and all that it began. */
export const treeOf = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(treeOf)];

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function statusMb(pid: number, field: string): number {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kib) * 1024) / 1e6;
}

function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Share of one core that each process took over this time, in %. */
export async function cpuShares(pids: readonly number[], forMs: number): Promise<number[]> {
  const before = pids.map(cpuTicks);
  const started = performance.now();
  await sleep(forMs);
  const seconds = (performance.now() - started) / 1000;
  return pids.map((pid, i) => ((cpuTicks(pid) - before[i]!) / TICKS_PER_SECOND / seconds) * 100);
}
