import type { MachineDisk } from '../../model/machine';
import type { Surroundings } from '../surroundings';
import type { Driver } from './driver';
import { openDriver } from './open_driver';
import { each } from './each';
import { every, listParts, partAt, partsOf } from './parts';
import type { OnCompute } from './start_machines';

const GRACE_MS = 5_000;

/** These machines; the disks of some are kept for the machine that takes their place. */
export interface TheseMachines {
  machines: { id: string; keepDisks: boolean; host?: string }[];
}

/** All that the compute has of an owner, and what is on the disks that it holds. */
export interface AllOfOwner {
  owner: string;
  disks: MachineDisk[];
  /** The hosts that have to answer; none: all. Another one that is away keeps nobody from ending. */
  hosts?: string[];
  /** None: what a machine that is well may take to end. */
  graceMs?: number;
}

/** Stops machines; gone is fine. @throws ProblemError naming each that does not end, and each host that cannot be asked. */
export const stopMachines = (around: Surroundings) => async ({ compute, connector, ...which }: OnCompute & (TheseMachines | AllOfOwner)): Promise<void> => {
  const driver = openDriver({ name: compute, connector, ...around });
  if ('machines' in which) await stop(which.machines.map((machine) => ({ ...machine, part: partAt(driver, machine.host) })));
  else await stopAllOf(driver, which);
};

interface Stopped {
  id: string;
  keepDisks: boolean;
  part: Driver;
}

const stop = (machines: Stopped[], graceMs = GRACE_MS) => each(machines, ({ id, keepDisks, part }, signal) => part.stop(id, { graceMs, keepDisks }, signal), machines[0]?.part.atOnce);

/** What can be ended is, whatever of the compute is away. */
async function stopAllOf(driver: Driver, { owner, disks, hosts, graceMs }: AllOfOwner): Promise<void> {
  const parts = partsOf(driver);
  const { machines, away } = await listParts(parts, owner);
  await stop(machines.map(({ id, host }) => ({ id, keepDisks: false, part: partAt(driver, host) })), graceMs);
  for (const part of parts) if (!away.has(part.host ?? '')) await part.driver.wipe(disks);
  await every([...away].filter(([host]) => !hosts || hosts.includes(host)), ([, why]) => Promise.reject(why));
}
