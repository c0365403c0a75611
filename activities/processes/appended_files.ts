import { readFileSync, readlinkSync } from 'node:fs';

const O_APPEND = 0o2000;

/** The files that these descriptors of a process append to, deleted ones included; none where that may not be known. */
export const appendedFiles = (pid: number, descriptors: readonly number[]): string[] =>
  descriptors.flatMap((fd) => {
    const file = fileOf(pid, fd);
    return file.startsWith('/') && !file.startsWith('/dev/') && flagsOf(pid, fd) & O_APPEND ? [file] : [];
  });

function fileOf(pid: number, fd: number): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return '';
  }
}

function flagsOf(pid: number, fd: number): number {
  try {
    return Number.parseInt(/^flags:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1'))?.[1] ?? '0', 8);
  } catch {
    return 0;
  }
}
