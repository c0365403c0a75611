import { holdsOf, type Machine, type MachineSpec } from '../../../model/machine';
import { isAlive } from '../../processes/identity';
import type { MachineDirectory } from './directory';
import type { ProcessHome } from './home';
import { readTail } from './log_file';
import { exitOf, type RecordedRun, type Run } from './run';

/** How much of what a dead machine printed is told with its death. */
const LAST_OUTPUT_BYTES = 4096;

/** The machine as callers see it. */
export async function machineView(home: ProcessHome, dir: MachineDirectory, spec: MachineSpec, run: RecordedRun): Promise<Machine> {
  const { pid, startTime, bootId } = run.record;
  const machine = {
    id: spec.id, compute: home.compute, owner: spec.owner, node: spec.node, generation: spec.generation,
    host: home.host, address: spec.networks[0]?.address ?? '', startedAt: run.startedAt, holds: holdsOf(spec),
    ref: { pid, pgid: pid, startTime, bootId, dir: dir.path, run: run.number },
  };
  if (isAlive(run.record)) return { ...machine, state: 'running' };
  return { ...machine, state: 'dead', exit: await exitOf(run), lastOutput: await lastOutput(run) };
}

/** The last of what a run printed. */
export const lastOutput = async (run: Run) => (await readTail(run.path, LAST_OUTPUT_BYTES)).toString('utf8');
