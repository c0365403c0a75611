import { runStep } from '../lifecycle/run_step';
import { awaitReady } from './await_ready';
import type { ClusterRun } from './cluster_run';
import { configure } from './configure';
import { place } from './place';
import { releaseRemoved } from './release';
import { startMachines } from './start_machines';
import { stopRetiring } from './stop_machines';

/** Towards a new order: only nodes that come, go or changed are touched. What goes makes room first, or a full compute would make it wait for itself. */
export async function scale(run: ClusterRun): Promise<void> {
  await runStep(run, 'stop_machines', stopRetiring(run));
  await runStep(run, 'release', releaseRemoved(run));
  await runStep(run, 'place', place(run), 'release_added');
  await runStep(run, 'start_machines', startMachines(run), 'stop_added');
  await runStep(run, 'configure', configure(run));
  await runStep(run, 'await_ready', awaitReady(run));
  run.state.order = run.state.next ?? run.state.order;
  run.state.next = null;
}
