import { clearCondition } from '../../model/lifecycle';
import { runStep } from '../lifecycle/run_step';
import type { ClusterRun } from './cluster_run';
import { releaseAll } from './release';
import { stopAll } from './stop_machines';

/** Nothing is left; it stays listed. */
export async function destroy(run: ClusterRun): Promise<void> {
  await runStep(run, 'stop_machines', stopAll(run));
  await runStep(run, 'release', releaseAll(run));
  clearCondition(run.state, 'Destroying');
  clearCondition(run.state, 'Degraded');
}
