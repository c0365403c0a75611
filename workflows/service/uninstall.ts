import { runStep } from '../lifecycle/run_step';
import type { ServiceRun } from './service_run';
import { stopSurplus } from './stop_surplus';

/** UNINSTALLING_SERVICE → SERVICE_UNINSTALLED: when every instance is stopped and every machine terminated. */
export const uninstall = (run: ServiceRun) => runStep(run, 'stop_surplus', stopSurplus(run));
