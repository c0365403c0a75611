import { createHash, randomUUID } from 'node:crypto';
import { open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MachineSpec } from '../../../model/machine';
import { checkId } from '../check_machine';
import type { ProcessHome } from './home';

/** Everything a machine has on disk, but for its disks. */
export interface MachineDirectory {
  path: string;
  /** Working directory and home of what runs there. */
  root: string;
  /** One directory for each time the machine was started: `1`, `2`, … */
  runs: string;
  init: string;
  spec: string;
  /** There from the moment it is to be stopped: its death is then no news. */
  stopping: string;
}

/** What is kept about a machine from before it is started. */
export interface StoredMachine {
  grid: string;
  compute: string;
  spec: MachineSpec;
}

const LONGEST_NAME = 200;

/**
 * The directory of the machine with this id.
 * @throws ProblemError 400 `bad_machine_id` for an id that is no plain name.
 */
export function machineDirectory(home: ProcessHome, id: string): MachineDirectory {
  checkId(id);
  return directoryAt(join(home.machines, id.length > LONGEST_NAME ? shortened(id) : id));
}

/** The names inside a machine's directory. */
export const directoryAt = (path: string): MachineDirectory => ({
  path,
  root: join(path, 'root'),
  runs: join(path, 'run'),
  init: join(path, 'init'),
  spec: join(path, 'spec.json'),
  stopping: join(path, 'stopping'),
});

/** File systems end a name at 255 bytes; an id made of six long names is longer. */
const shortened = (id: string) => `${id.slice(0, 150)}-${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;

/** What was kept about the machine in this directory, or undefined when there is none. */
export async function readStored(dir: MachineDirectory): Promise<StoredMachine | undefined> {
  const text = await readIfThere(dir.spec);
  return text === undefined ? undefined : (JSON.parse(text) as StoredMachine);
}

/** The text of a file, or undefined when it is not there. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export const isMissing = (error: unknown) => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Writes a file so that it is there whole or not at all. */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, text, { flag: 'wx', mode });
  await rename(temporary, path);
}

/** {@link writeWhole} of what must still be there after the host lost power. */
export async function writeForGood(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, text, { flag: 'wx', mode, flush: true });
  await rename(temporary, path);
  const directory = await open(dirname(path), 'r');
  await directory.sync().finally(() => directory.close());
}
