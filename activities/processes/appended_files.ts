import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const O_APPEND = 0o2000;

/** Files that a process holds open to append to, deleted ones included; none where that may not be known. */
export function appendedFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => appendedFile(pid, fd));
  } catch {
    return [];
  }
}

function appendedFile(pid: number, fd: string): string[] {
  try {
    const file = readlinkSync(`/proc/${pid}/fd/${fd}`);
    if (!file.startsWith('/')) return [];
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1'))?.[1];
    return flags && Number.parseInt(flags, 8) & O_APPEND ? [file] : [];
  } catch {
    return [];
  }
}
