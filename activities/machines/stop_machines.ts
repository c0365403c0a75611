import type { MachineDisk } from '../../model/machine';
import type { Surroundings } from '../surroundings';
import { openDriver } from './driver';
import { each } from './each';
import type { OnCompute } from './start_machines';

const GRACE_MS = 5_000;

/** These machines; the disks of some are kept for the machine that takes their place. */
export interface TheseMachines {
  machines: { id: string; keepDisks: boolean }[];
}

/** All that the compute has of an owner, and what is on the disks that it holds. */
export interface AllOfOwner {
  owner: string;
  disks: MachineDisk[];
  /** None: what a machine that is well may take to end. */
  graceMs?: number;
}

/** Stops machines; gone is fine. @throws ProblemError naming each that does not end. */
export const stopMachines = (around: Surroundings) => async ({ compute, connector, ...which }: OnCompute & (TheseMachines | AllOfOwner)): Promise<void> => {
  const driver = openDriver({ name: compute, connector, ...around });
  const machines = 'machines' in which ? which.machines : (await driver.list(which.owner)).map(({ id }) => ({ id, keepDisks: false }));
  const graceMs = ('owner' in which ? which.graceMs : undefined) ?? GRACE_MS;
  await each(machines, ({ id, keepDisks }, signal) => driver.stop(id, { graceMs, keepDisks }, signal));
  if ('disks' in which) await driver.wipe(which.disks);
};
