import { runStep } from '../lifecycle/run_step';
import { elsewhere } from './converge';
import type { ServiceRun } from './service_run';
import { stopSurplus } from './stop_surplus';

/** UNINSTALLING_SERVICE → SERVICE_UNINSTALLED: when every instance is stopped and every machine terminated. */
export const uninstall = async (run: ServiceRun): Promise<void> => {
  await Promise.all([...elsewhere(run), runStep(run, 'stop_surplus', stopSurplus(run))]);
};
