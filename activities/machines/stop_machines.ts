import type { Surroundings } from '..';
import { openDriver } from './driver';
import { each } from './each';
import type { OnCompute } from './start_machines';

const GRACE_MS = 5_000;

/** Stops these machines, or all that the compute has of an owner; gone is fine. */
export const stopMachines = (around: Surroundings) => async ({ compute, connector, ...which }: OnCompute & ({ machines: string[] } | { owner: string })): Promise<void> => {
  const driver = openDriver({ name: compute, connector, ...around });
  const machines = 'owner' in which ? (await driver.list(which.owner)).map((m) => m.id) : which.machines;
  await each(machines, (id, signal) => driver.stop(id, { graceMs: GRACE_MS }, signal));
};
