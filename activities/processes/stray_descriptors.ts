import { openSync, readdirSync, readFileSync } from 'node:fs';
import type { StdioOptions } from 'node:child_process';

const O_CLOEXEC = 0o2000000;
const HIGHEST = 1024;

let sealed: (number | 'ignore')[] | undefined;

/**
 * `stdio` for a child that is to have these descriptors and no other. Node keeps what it opens from its children, but of
 * what it was itself started with only the lowest descriptors: a child that lives long would hold open the pipes of
 * whoever started the grid.
 */
export function sealStdio(stdio: ('ignore' | 'pipe')[]): StdioOptions {
  sealed ??= sealStray();
  return [...stdio, ...sealed.slice(stdio.length)];
}

function sealStray(): (number | 'ignore')[] {
  const stray = new Set(readdirSync('/proc/self/fd').map(Number).filter((fd) => fd > 2 && fd < HIGHEST && isHandedOn(fd)));
  if (stray.size === 0) return [];
  // A descriptor cannot be left out, but it can be given another meaning.
  const nothing = openSync('/dev/null', 'r+');
  return Array.from({ length: Math.max(...stray) + 1 }, (_, fd) => (stray.has(fd) ? nothing : 'ignore'));
}

function isHandedOn(fd: number): boolean {
  try {
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
  } catch {
    return false;
  }
}
