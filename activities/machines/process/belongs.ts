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
 * Servers that set their title write over their environment, others start with none, and a daemon leaves session and
 * group: what is left of its origin then is the descriptor that init gave to all, or its output.
 */
const writesBelow = (seen: SeenProcess, path: string) => seen.appended().some((file) => file.startsWith(`${path}/`));
