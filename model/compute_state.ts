import { holdersOf } from './drain';
import { computeId } from './ids';
import { newLifecycle, type Lifecycle, type StepPlan } from './lifecycle';
import type { Ledger, Reservation } from './compute';
import type { Capacity } from './machine';
import { summariseHoldings } from './holdings';
import type { ComputeDocument, ComputeInput, ComputeUsage, Draining, Holdings, Probed, Release, Reserve, Reserved, UnclaimedMachines } from './messages';
import type { Offered } from './mesos/messages';
import { usage } from './room';

export interface Waiting extends Reserve {
  /** What its owner was last told. */
  reason: string;
}

export interface ComputeState extends Lifecycle {
  name: string;
  connector: string;
  /** The grid found it by itself, and nobody chose otherwise: it comes after those that were defined. */
  found?: true;
  capacity: Capacity;
  reservations: Ledger['reservations'];
  /** Messages not yet served, oldest first. */
  inbox: (({ kind: 'reserve' } & Reserve) | ({ kind: 'release' } & Release) | ({ kind: 'offered' } & Offered) | { kind: 'look' })[];
  /** Who waits for room, oldest first. */
  waiting: Waiting[];
  /** Of a connector of others: what services are wanted there, by name. Absent before there was any. */
  holdings?: Holdings;
  /** Set while nothing new is placed here. */
  draining?: Draining;
  /** Of several hosts, those that cannot be reached now: nothing new is placed there. */
  away?: string[];
  createdAt: string;
  updatedAt: string;
}

export const COMPUTE_OPERATIONS = {
  define: [{ name: 'probe', retryable: true, skippable: false, during: 'probing' }],
} satisfies Record<string, StepPlan[]>;

const NOTHING: Capacity = { hosts: [], networks: [], cpuOvercommit: 1, diskRoot: '' };

export function newCompute({ name, connector, capacity, unclaimed = [], found }: ComputeInput, at: string): ComputeState {
  const state: ComputeState = {
    ...newLifecycle(computeId(name), 'compute', '', capacity ? 'ready' : 'probing', at),
    name, connector, ...(found ? { found } : {}), capacity: capacity ?? NOTHING, reservations: {}, inbox: [], waiting: [], createdAt: at, updatedAt: at,
  };
  noteUnclaimed(state, { found: unclaimed, gone: [] });
  return state;
}

/** Of a compute that is used nothing is forgotten. */
export function noteProbed(state: ComputeState, { unclaimed = [], ...capacity }: Probed): void {
  state.capacity = capacity;
  noteUnclaimed(state, { found: unclaimed, gone: [] });
}

/** What is there holds what it has, whoever it belongs to: nobody else is given it. Nothing that is asked for is changed. */
export function noteUnclaimed(state: ComputeState, { found, gone }: UnclaimedMachines): void {
  const kept = Object.entries(state.reservations).filter(([owner, { unclaimed }]) => !unclaimed || !gone.includes(owner));
  state.reservations = { ...Object.fromEntries(found.map((one) => [one.owner, one])), ...Object.fromEntries(kept) };
}

export const unclaimedOwners = (reservations: readonly Reservation[]): string[] => reservations.flatMap(({ owner, unclaimed }) => (unclaimed ? [owner] : []));

export interface Answer {
  owner: string;
  message: Reserved;
}

function usageOf(state: ComputeState): ComputeUsage {
  const { hosts, networks } = usage(ledgerOf(state));
  return { hosts, networks: networks.map(({ name, addresses }) => ({ name, ...addresses })) };
}

export const ledgerOf = ({ capacity, reservations }: ComputeState): Ledger => ({ capacity, reservations });

export function viewCompute(state: ComputeState): ComputeDocument {
  const { inbox: _i, waiting, reservations, draining, ...rest } = state;
  return {
    ...rest,
    ...(draining ? { draining: { ...draining, waitsFor: holdersOf(state) } } : {}),
    driver: state.connector.split(':')[0]!,
    usage: usageOf(state),
    reservations: Object.values(reservations),
    waiting: waiting.map(({ owner, reason }) => ({ owner, reason })),
  };
}

export function viewComputeDetail(state: ComputeState): Record<string, string | number | boolean> {
  const { hosts } = usage(ledgerOf(state));
  const sum = (pick: (h: (typeof hosts)[number]) => number) => hosts.reduce((n, h) => n + pick(h), 0);
  return {
    name: state.name, connector: state.connector.slice(0, 300), driver: state.connector.split(':')[0]!, hosts: hosts.length,
    cpuUsed: sum((h) => h.cpu.used), cpuTotal: sum((h) => h.cpu.total),
    memMiBUsed: sum((h) => h.memMiB.used), memMiBTotal: sum((h) => h.memMiB.total),
    disksUsed: sum((h) => h.disks.used), disksTotal: sum((h) => h.disks.total),
    owners: Object.keys(state.reservations).length, machines: Object.values(state.reservations).reduce((n, { allocations }) => n + allocations.length, 0), waiting: state.waiting.length, ...summariseHoldings(state.holdings),
    ...(state.found ? { found: true } : {}),
  };
}
