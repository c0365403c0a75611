import { readFileSync, readlinkSync } from 'node:fs';

const O_APPEND = 0o2000;

/** True when one of these descriptors of the process appends to a file below the directory, be that file deleted by now. */
export const appendsBelow = (pid: number, descriptors: readonly number[], directory: string): boolean =>
  descriptors.some((fd) => fileOf(pid, fd).startsWith(`${directory}/`) && (flagsOf(pid, fd) & O_APPEND) !== 0);

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
