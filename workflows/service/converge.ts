import { runStep } from '../lifecycle/run_step';
import { replaceOutdated } from './replace_outdated';
import type { ServiceRun } from './service_run';
import { startMissing } from './start_missing';
import { scaleElsewhere } from './scale_elsewhere';
import { stopSurplus } from './stop_surplus';

/** What is stuck in the one does not hold the other; what is there is made anew when it is as many as it should be. */
export async function converge(run: ServiceRun): Promise<void> {
  await Promise.all([...elsewhere(run), runStep(run, 'start_missing', startMissing(run)), runStep(run, 'stop_surplus', stopSurplus(run))]);
  await runStep(run, 'replace_outdated', replaceOutdated(run));
}

/** Only where some of it is at connectors of others. */
export const elsewhere = (run: ServiceRun): Promise<void>[] =>
  run.state.steps.some(({ name }) => name === 'scale_elsewhere') ? [runStep(run, 'scale_elsewhere', scaleElsewhere(run))] : [];
