import { join } from 'node:path';
import { appendedFiles } from '../../processes/appended_files';
import { hasLabels, type SeenProcess } from '../../processes/scan';
import type { MachineDirectory } from './directory';
import { machineLabels, runLabels } from './environment';
import type { ProcessHome } from './home';
import type { Run } from './run';

/** Tells whether a process is provably of this machine. Nothing else is ever signalled. */
export const ofMachine = (home: ProcessHome, dir: MachineDirectory, id: string) => (seen: SeenProcess) =>
  hasLabels(seen, machineLabels(home, id)) || writesBelow(seen, dir.runs);

/** Tells whether a process is provably of this run of the machine. */
export const ofRun = (home: ProcessHome, id: string, run: Run) => (seen: SeenProcess) =>
  hasLabels(seen, runLabels(home, id, run.number)) || writesBelow(seen, run.path);

/**
 * Servers that set their title write over their environment, and a daemon leaves session and group: what is left of its
 * origin is the descriptor that init gave it.
 */
const writesBelow = (seen: SeenProcess, path: string) =>
  !looksWhole(seen.environ) && appendedFiles(seen.pid).some((file) => file.startsWith(join(path, '/')));

const looksWhole = (environ: string) => /^\0[A-Za-z_][A-Za-z0-9_]*=/.test(environ);
