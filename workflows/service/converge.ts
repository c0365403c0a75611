import { runStep } from '../lifecycle/run_step';
import { replaceOutdated } from './replace_outdated';
import type { ServiceRun } from './service_run';
import { startMissing } from './start_missing';
import { stopSurplus } from './stop_surplus';

/** What is stuck in the one does not hold the other; what is there is made anew when it is as many as it should be. */
export async function converge(run: ServiceRun): Promise<void> {
  await Promise.all([runStep(run, 'start_missing', startMissing(run)), runStep(run, 'stop_surplus', stopSurplus(run))]);
  await runStep(run, 'replace_outdated', replaceOutdated(run));
}
