import type { Machine, MachineSpec } from '../../model/machine';
import type { Surroundings } from '../surroundings';
import { openDriver } from './open_driver';
import { each } from './each';

export interface OnCompute {
  compute: string;
  connector: string;
}

/** Starts, or adopts, every machine asked for. @throws ProblemError naming each that cannot be started. */
export const startMachines = (around: Surroundings) => ({ compute, connector, specs }: OnCompute & { specs: MachineSpec[] }): Promise<Machine[]> => {
  const driver = openDriver({ name: compute, connector, ...around });
  return each(specs, (spec, signal) => driver.start(spec, signal), driver.atOnce);
};
