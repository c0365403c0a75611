import { statfs } from 'node:fs/promises';
import type { DiskRoom } from '../model/machine';

/** What is free, for us, on the disk that a directory is on. */
export async function roomAt(path: string): Promise<DiskRoom> {
  const { bavail, blocks, bsize } = await statfs(path);
  const mib = (count: number) => Math.floor((count * bsize) / 2 ** 20);
  return { freeMiB: mib(bavail), totalMiB: mib(blocks) };
}
