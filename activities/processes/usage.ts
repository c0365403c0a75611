import { readdirSync, readFileSync } from 'node:fs';

/** What a process and its descendants used so far and hold now. */
export interface Usage {
  /** Of all together, in clock ticks since each began. */
  cpuTicks: number;
  memKiB: number;
}

/** Linux has counted in hundredths of a second for as long as there is /proc, whatever its own clock does. */
export const TICKS_PER_SECOND = 100;

/** Numbers of the living children of a process, in the order in which they were started; none when it is gone. */
export function childrenOf(pid: number): number[] {
  return list(`/proc/${pid}/task`).flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number));
}

/** Usage of a process and of everything below it; what left the tree (a daemon of its own) is not in it. */
export function usageOfTree(pid: number): Usage {
  const usages = [usageOf(pid), ...childrenOf(pid).map(usageOfTree)];
  return {
    cpuTicks: usages.reduce((sum, one) => sum + one.cpuTicks, 0),
    memKiB: usages.reduce((sum, one) => sum + one.memKiB, 0),
  };
}

function usageOf(pid: number): Usage {
  const stat = read(`/proc/${pid}/stat`);
  const field = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const memKiB = Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
  return { cpuTicks: (Number(field[11]) || 0) + (Number(field[12]) || 0), memKiB };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
