import type { Machine } from '../../../model/machine';
import { machineDirectory, readStored, type MachineDirectory } from './directory';
import type { ProcessHome } from './home';
import { machineView } from './machine_view';
import { newestRun } from './run';

/** See `Driver.find`. */
export const find = (home: ProcessHome, id: string): Promise<Machine | undefined> => findIn(home, machineDirectory(home, id));

/** The machine in this directory, or undefined when none of this compute was ever started there. */
export async function findIn(home: ProcessHome, dir: MachineDirectory): Promise<Machine | undefined> {
  const stored = await readStored(dir);
  if (!stored || stored.compute !== home.compute || stored.grid !== home.grid) return undefined;
  const run = await newestRun(dir);
  return run && machineView(home, dir, stored.spec, run);
}
