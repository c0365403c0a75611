import { runStep } from '../lifecycle/run_step';
import { replaceOutdated } from './replace_outdated';
import type { ServiceRun } from './service_run';
import { startMissing } from './start_missing';
import { stopSurplus } from './stop_surplus';

/** What is missing comes first, so that a service that moves is never less than it was. */
export async function converge(run: ServiceRun): Promise<void> {
  await runStep(run, 'start_missing', startMissing(run));
  await runStep(run, 'stop_surplus', stopSurplus(run));
  await runStep(run, 'replace_outdated', replaceOutdated(run));
}
