import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Reservation } from '../../model/compute';
import type { Machine } from '../../model/machine';

/** Whose machines are of lifecycles; all others are somebody's who says so himself. */
const OF_LIFECYCLES = /^(cluster|agent)\//;

/** Lifecycles of machines by id: `unknown` where this grid never had one of the name, or does not remember it. */
export type Owners = ReadonlyMap<string, 'running' | 'over' | 'unknown'>;

export async function ownersOf(client: Client, machines: readonly Machine[]): Promise<Owners> {
  const owners = new Map<string, 'running' | 'over' | 'unknown'>();
  for (const owner of new Set(machines.map((machine) => machine.owner))) if (OF_LIFECYCLES.test(owner)) owners.set(owner, await stateOf(client, owner));
  return owners;
}

async function stateOf(client: Client, owner: string): Promise<'running' | 'over' | 'unknown'> {
  try {
    return (await client.workflow.getHandle(owner).describe()).status.name === 'RUNNING' ? 'running' : 'over';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'unknown';
    throw error;
  }
}

/**
 * What machines of ours hold whose lifecycles this grid does not know: those of a grid before it, whose Temporal is gone, or
 * of one that has the same id. Nobody can say whether they are wanted, so they are let be.
 */
export const unclaimedAmong = (machines: readonly Machine[], owners: Owners): Reservation[] =>
  [...owners].filter(([, state]) => state === 'unknown').map(([owner]) => ({ owner, unclaimed: true, allocations: machines.filter((machine) => machine.owner === owner).map(allocationOf) }));

/** As whoever reserved it had it; agents call the one node that they have so. */
const allocationOf = ({ owner, node, host, holds }: Machine): Reservation['allocations'][number] =>
  ({ node: owner.startsWith('agent/') ? 'machine' : node, host, ...(holds ?? { cpu: 0, memMiB: 0, disks: [], networks: [] }) });
