import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../../../model/machine';
import { directoryAt, type MachineDirectory } from './directory';
import { findIn } from './find';
import type { ProcessHome } from './home';

/** See `Driver.list`. */
export async function list(home: ProcessHome, owner?: string): Promise<Machine[]> {
  const found = await Promise.all((await machineDirectories(home)).map((dir) => findIn(home, dir)));
  return found.filter((machine) => machine !== undefined).filter((machine) => owner === undefined || machine.owner === owner);
}

/** Every directory that may hold a machine, in the order of their names. */
export async function machineDirectories(home: ProcessHome): Promise<MachineDirectory[]> {
  const entries = await readdir(home.machines, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return names.sort().map((name) => directoryAt(join(home.machines, name)));
}
