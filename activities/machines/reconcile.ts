import { setTimeout as delay } from 'node:timers/promises';
import { log } from '@temporalio/activity';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { ClusterDocument } from '../../model/cluster_views';
import type { Reservation } from '../../model/compute';
import { unclaimedOwners } from '../../model/compute_state';
import { computeId } from '../../model/ids';
import type { ComputeDocument, MachineDied, UnclaimedMachines } from '../../model/messages';
import type { Driver } from './driver';
import { listParts, partAt, partsOf } from './parts';
import { ownersOf, unclaimedAmong } from './unclaimed';

/** Looks are so many poll intervals apart. */
const EVERY_POLLS = 4;
const GRACE_LOOKS = 2;
const LOOK_MS = 60_000;
const STOP_GRACE_MS = 10_000;

export interface Ledgered {
  client: Client;
  compute: string;
  driver: Driver;
  pollIntervalMs: number;
  tell: (death: MachineDied) => Promise<void>;
}

/**
 * Holds what is reserved and what the driver finds against each other, again and again: a machine that its cluster has
 * running and that is not there any more is told as dead; one that is ours and whose lifecycle is over is removed, when it
 * was found so twice. One whose lifecycle nobody knows is told to its compute and let be; what has another owner, or none of
 * our labels, is never touched.
 */
export async function reconcile(on: Ledgered, signal: AbortSignal): Promise<void> {
  const seen = new Map<string, number>();
  while (!signal.aborted) {
    await delay(EVERY_POLLS * on.pollIntervalMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await on.client.withDeadline(Date.now() + LOOK_MS, () => look(on, seen, signal)).catch((error: Error) => {
      if (!signal.aborted) log.warn('not compared with what it has reserved', { reason: error.message });
    });
  }
}

async function look({ client, compute, driver, tell }: Ledgered, seen: Map<string, number>, signal: AbortSignal): Promise<void> {
  const { reservations } = await client.workflow.getHandle(computeId(compute)).query<ComputeDocument>('document');
  const { machines, away } = await listParts(partsOf(driver));
  for (const { owner, allocations } of reservations) {
    const running = machines.filter((m) => m.owner === owner && m.state === 'running').length;
    const expected = allocations.filter(({ host }) => !away.has(host)).length;
    if (owner.startsWith('cluster/') && running < expected) await tellMissing(client, driver, owner, tell, away);
  }
  const held = new Set(reservations.flatMap(({ owner, unclaimed }) => (unclaimed ? [] : [owner])));
  const others = machines.filter(({ owner }) => !held.has(owner));
  const owners = await ownersOf(client, others);
  await tellUnclaimed(client, compute, { reservations, unclaimed: unclaimedAmong(others, owners), isWhole: away.size === 0 });
  const leftOver = others.filter(({ owner }) => owners.get(owner) === 'over');
  for (const id of [...seen.keys()]) if (!leftOver.some((machine) => machine.id === id)) seen.delete(id);
  for (const { id, host } of leftOver) {
    const looks = (seen.get(id) ?? 0) + 1;
    seen.set(id, looks);
    if (looks >= GRACE_LOOKS) await partAt(driver, host).stop(id, { graceMs: STOP_GRACE_MS }, signal);
  }
}

/** The cluster is asked first: what it had running before the driver was asked must be there. */
async function tellMissing(client: Client, driver: Driver, owner: string, tell: Ledgered['tell'], away: ReadonlyMap<string, unknown>): Promise<void> {
  const nodes = await client.workflow.getHandle(owner).query<ClusterDocument>('document').then((d) => d.nodes, unlessGone([]));
  for (const { machine, name, host, status, generation } of nodes) {
    if (status !== 'running' || !machine || away.has(host) || (await partAt(driver, host).find(machine))) continue;
    const exit = { code: null, signal: null, at: new Date().toISOString() };
    await tell({ machine, owner, node: name, generation, exit, lastOutput: 'it is not there any more: something other than the grid removed it' });
  }
}

interface Seen {
  reservations: ComputeDocument['reservations'];
  unclaimed: readonly Reservation[];
  /** Every host of the compute answered. */
  isWhole: boolean;
}

/** The ledger has what is there, and only as long as it is there. */
async function tellUnclaimed(client: Client, compute: string, { reservations, unclaimed, isWhole }: Seen): Promise<void> {
  const known = unclaimedOwners(reservations);
  const found = unclaimed.filter(({ owner }) => !known.includes(owner));
  const gone = isWhole ? known.filter((owner) => !unclaimed.some((one) => one.owner === owner)) : [];
  if (found.length + gone.length > 0) await client.workflow.getHandle(computeId(compute)).signal<[UnclaimedMachines]>('unclaimed', { found, gone });
}

const unlessGone = <T>(instead: T) => (error: unknown): T => {
  if (error instanceof WorkflowNotFoundError) return instead;
  throw error;
};
