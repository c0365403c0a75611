import { runStep } from '../lifecycle/run_step';
import { awaitReady } from './await_ready';
import type { ClusterRun } from './cluster_run';
import { configure } from './configure';
import { place } from './place';
import { startMachines } from './start_machines';

/** registered → scheduling → scheduled → configuring → configured → ready; the words are in the steps' plan. */
export async function launch(run: ClusterRun): Promise<void> {
  await runStep(run, 'place', place(run), 'release');
  await runStep(run, 'start_machines', startMachines(run), 'stop_machines');
  await runStep(run, 'configure', configure(run));
  await runStep(run, 'await_ready', awaitReady(run));
}
