import { lstat, mkdir, readlink, realpath, rm, symlink, unlink } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import type { MachineDisk } from '../../../model/machine';
import { throwProblem } from '../../problem_error';
import { isMissing, type MachineDirectory } from './directory';
import type { ProcessHome } from './home';

/**
 * Refuses disks that would lie, or be seen, anywhere but where they may.
 * @throws ProblemError 400 `bad_disk`.
 */
export function checkDisks(home: ProcessHome, disks: readonly MachineDisk[]): void {
  for (const { name, origin, destination } of disks) {
    if (!isBelow(home.disks, origin)) {
      throwProblem(400, 'bad_disk', `disk ${name}: its origin is not below the disk root of the compute`,
        'Make origins from diskRoot of the capacity.', { field: `disks.${name}.origin` });
    }
    if (partsOf(destination).length === 0 || partsOf(destination).some((part) => part === '.' || part === '..' || part.includes('\0'))) {
      throwProblem(400, 'bad_disk', `disk ${name}: destination is not a path inside the node`,
        'Name a directory such as /storage1, without "..".', { field: `disks.${name}.destination`, evidence: destination });
    }
  }
}

/**
 * Makes the directories of the disks, and in the machine's root a link at each destination. A node of this driver sees
 * the host's files, so `ro` is a word between it and its command.
 */
export async function prepareDisks(home: ProcessHome, dir: MachineDirectory, disks: readonly MachineDisk[]): Promise<void> {
  for (const disk of disks) {
    await mkdir(disk.origin, { recursive: true, mode: 0o700 });
    if (!(await liesBelow(home, disk))) refuseLink(disk, 'its origin leads out of the disk root');
    const parts = partsOf(disk.destination);
    let parent = dir.root;
    for (const part of parts.slice(0, -1)) {
      parent = join(parent, part);
      await mkdir(parent, { mode: 0o700 }).catch(ignoreExisting);
      // Following a link here could end outside the root.
      if (!(await lstat(parent)).isDirectory()) refuseLink(disk, 'something that is no directory is on the way to its destination');
    }
    await link(disk, join(parent, parts.at(-1)!));
  }
}

/** Removes the disks' directories with all that is in them. */
export async function removeDisks(home: ProcessHome, disks: readonly MachineDisk[]): Promise<void> {
  for (const disk of disks) {
    if (await liesBelow(home, disk)) await rm(disk.origin, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function link(disk: MachineDisk, path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there?.isSymbolicLink()) {
    if ((await readlink(path)) === disk.origin) return;
    await unlink(path);
  } else if (there) {
    refuseLink(disk, 'something else is at its destination');
  }
  await symlink(disk.origin, path).catch(ignoreExisting);
}

const refuseLink = (disk: MachineDisk, why: string): never =>
  throwProblem(409, 'disk_in_the_way', `disk ${disk.name}: ${why}`, 'Stop the machine, which removes its directory, and start it again.',
    { field: `disks.${disk.name}`, evidence: disk.destination });

const partsOf = (destination: string) => destination.split('/').filter(Boolean);

const isBelow = (root: string, path: string) => normalize(path) === path && path.startsWith(join(root, '/')) && !path.endsWith('/');

/** True when the origin is below the disk root and no symbolic link on the way leads elsewhere. */
async function liesBelow(home: ProcessHome, { origin }: MachineDisk): Promise<boolean> {
  if (!isBelow(home.disks, origin)) return false;
  try {
    return (await realpath(dirname(origin))) === dirname(origin);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
