import { giveAddresses } from './addresses';
import type { Allocation, Demand, Ledger, Reservation, ReserveResult } from './compute';
import { whyImpossible } from './impossible';
import { keep } from './keep';
import type { Capacity } from './machine';
import { pack } from './pack';
import { rulesOf } from './place_rules';
import { roomLeft } from './room';
import { whyWaiting, type Shortage } from './shortage';

/**
 * Reserves what these nodes of an owner ask, all or nothing, and says why when not; the same input always gives the
 * same output. Nodes that hold what they ask keep it; changed ones are placed anew, what they hold counted as free and
 * given back to them where possible; nodes that are not wanted keep what they hold until {@link release}.
 * Rows P-32, P-33, P-37. `impossible` when it would not fit if nothing else were on the compute.
 * @param away hosts on which nothing is placed now; what is there stays there
 */
export function reserve(ledger: Ledger, owner: string, wanted: readonly Demand[], away: readonly string[] = []): ReserveResult {
  const { capacity } = ledger;
  const mine = ledger.reservations[owner]?.allocations ?? [];
  const kept = keep(capacity, mine, wanted);
  const open = wanted.filter((demand) => !kept.has(demand.node));
  const moving = open.filter((demand) => mine.some((allocation) => allocation.node === demand.node)).map((demand) => demand.node);
  const held = Object.values(moving.length > 0 ? release(ledger, owner, moving).reservations : ledger.reservations);

  const there = [...mine.map((allocation) => kept.get(allocation.node) ?? allocation), ...ofGroup(ledger, owner, open)];
  const placed = place(within(capacity, away), held, open, there);
  if (Array.isArray(placed)) return { kind: 'granted', ...grantedTo(ledger, owner, wanted, [...kept.values(), ...placed]) };
  const whole = withoutStaying(mine, wanted);
  const alone = away.length === 0 && Object.keys(ledger.reservations).length === 0 ? placed : place(capacity, [], whole, []);
  if (!Array.isArray(alone)) return { kind: 'impossible', ...whyImpossible(capacity, whole, alone) };
  const reason = whyWaiting(within(capacity, away), held, open, placed);
  return { kind: 'waiting', reason: [reason, ...away.map((host) => `${host} cannot be reached`)].filter(Boolean).join('; ') };
}

/** What others hold that counts as the owner's own. */
export function ofGroup({ reservations }: Pick<Ledger, 'reservations'>, owner: string, wanted: readonly Demand[]): Allocation[] {
  const groups = new Set(wanted.flatMap(({ group }) => group ?? []));
  if (groups.size === 0) return [];
  const others = Object.values(reservations).filter((one) => one.owner !== owner);
  return others.flatMap((one) => one.allocations.filter(({ group }) => group !== undefined && groups.has(group)).map((allocation) => ({ ...allocation, node: `${one.owner} ${allocation.node}` })));
}

const within = (capacity: Capacity, away: readonly string[]): Capacity =>
  away.length > 0 ? { ...capacity, hosts: capacity.hosts.filter(({ name }) => !away.includes(name)) } : capacity;

/** The order as if the owner had nothing: it is near to nobody who is not part of it. */
function withoutStaying(mine: readonly Allocation[], wanted: readonly Demand[]): Demand[] {
  const staying = mine.filter((allocation) => !wanted.some((demand) => demand.node === allocation.node)).flatMap((allocation) => allocation.tags ?? []);
  return wanted.map((demand) => (demand.near ? { ...demand, near: demand.near.filter((tag) => !staying.includes(tag)) } : demand));
}

/** Gives back what an owner holds, all of it or that of some nodes. Giving back what nobody holds changes nothing. */
export function release(ledger: Ledger, owner: string, nodes?: readonly string[]): Ledger {
  const { [owner]: mine, ...others } = ledger.reservations;
  const kept = nodes && mine ? mine.allocations.filter((allocation) => !nodes.includes(allocation.node)) : [];
  return { ...ledger, reservations: kept.length > 0 ? { ...others, [owner]: { owner, allocations: kept } } : others };
}

function place(capacity: Capacity, held: readonly Reservation[], wanted: readonly Demand[], mine: readonly Allocation[]): Allocation[] | Shortage {
  const places = pack(capacity, roomLeft(capacity, held), mine, wanted);
  const addresses = giveAddresses(capacity, held, wanted, new Map(mine.map((allocation) => [allocation.node, allocation])));
  if (places instanceof Map && addresses instanceof Map) {
    return wanted.map((demand) => ({ node: demand.node, ...places.get(demand.node)!, cpu: demand.cpu, memMiB: demand.memMiB, networks: addresses.get(demand.node)!, ...rulesOf(demand) }));
  }
  return {
    ...(places instanceof Map ? {} : { node: places }),
    ...(addresses instanceof Map ? {} : { address: addresses }),
  };
}

/** The ledger with what was placed, and of it what was asked for. */
export function grantedTo(ledger: Ledger, owner: string, wanted: readonly Demand[], placed: readonly Allocation[]): { ledger: Ledger; allocations: Allocation[] } {
  const mine = ledger.reservations[owner]?.allocations ?? [];
  const now = new Map([...mine, ...placed].map((allocation) => [allocation.node, allocation]));
  const allocations = wanted.map((demand) => now.get(demand.node)!);
  const reservations = { ...ledger.reservations, [owner]: { owner, allocations: [...now.values()] } };
  return { ledger: { ...ledger, reservations }, allocations };
}
