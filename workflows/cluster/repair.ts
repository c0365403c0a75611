import { runStep } from '../lifecycle/run_step';
import { awaitReady } from './await_ready';
import type { ClusterRun } from './cluster_run';
import { configure } from './configure';
import { place } from './place';
import { startMachines } from './start_machines';
import { stopRetiring } from './stop_machines';

/** Lost nodes, and those that are not well, are replaced by their next generation, in the same place; the script runs again. */
export async function repair(run: ClusterRun): Promise<void> {
  await runStep(run, 'place', place(run));
  await runStep(run, 'stop_machines', stopRetiring(run));
  await runStep(run, 'start_machines', startMachines(run));
  await runStep(run, 'configure', configure(run));
  await runStep(run, 'await_ready', awaitReady(run));
}
