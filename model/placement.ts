import { giveAddresses, networksOf } from './addresses';
import type { Allocation, Demand, Ledger, Reservation, ReserveResult } from './compute';
import { whyImpossible } from './impossible';
import type { Capacity } from './machine';
import { pack } from './pack';
import { roomLeft } from './room';
import { whyWaiting, type Shortage } from './shortage';
import { milliCpu } from './tally';

const NOTHING_HAD: ReadonlyMap<string, Allocation> = new Map();

/**
 * Reserves what these nodes of an owner ask, all or nothing, and says why when not; the same input always gives the
 * same output. Nodes that hold what they ask keep it; changed ones are placed anew, what they hold counted as free and
 * given back to them where possible; nodes that are not wanted keep what they hold until {@link release}.
 * Rows P-32, P-33, P-37. `impossible` when it would not fit if nothing else were on the compute.
 */
export function reserve(ledger: Ledger, owner: string, wanted: readonly Demand[]): ReserveResult {
  const mine = ledger.reservations[owner]?.allocations ?? [];
  const had = new Map(mine.map((allocation) => [allocation.node, allocation]));
  const open = wanted.filter((demand) => !holds(ledger.capacity, had.get(demand.node), demand));
  const moving = open.filter((demand) => had.has(demand.node)).map((demand) => demand.node);
  const held = Object.values(moving.length > 0 ? release(ledger, owner, moving).reservations : ledger.reservations);

  const placed = place(ledger.capacity, held, open, had);
  if (Array.isArray(placed)) return granted(ledger, owner, wanted, placed);
  const alone = place(ledger.capacity, [], wanted, NOTHING_HAD);
  if (!Array.isArray(alone)) return { kind: 'impossible', ...whyImpossible(ledger.capacity, wanted, alone) };
  return { kind: 'waiting', reason: whyWaiting(ledger.capacity, held, open, placed) };
}

/** Gives back what an owner holds, all of it or that of some nodes. Giving back what nobody holds changes nothing. */
export function release(ledger: Ledger, owner: string, nodes?: readonly string[]): Ledger {
  const { [owner]: mine, ...others } = ledger.reservations;
  const kept = nodes && mine ? mine.allocations.filter((allocation) => !nodes.includes(allocation.node)) : [];
  return { ...ledger, reservations: kept.length > 0 ? { ...others, [owner]: { owner, allocations: kept } } : others };
}

function place(capacity: Capacity, held: readonly Reservation[], wanted: readonly Demand[], had: ReadonlyMap<string, Allocation>): Allocation[] | Shortage {
  const places = pack(capacity, roomLeft(capacity, held), wanted, had);
  const addresses = giveAddresses(capacity, held, wanted, had);
  if (places instanceof Map && addresses instanceof Map) {
    return wanted.map(({ node, cpu, memMiB }) => ({ node, ...places.get(node)!, cpu, memMiB, networks: addresses.get(node)! }));
  }
  return {
    ...(places instanceof Map ? {} : { node: places }),
    ...(addresses instanceof Map ? {} : { address: addresses }),
  };
}

function granted(ledger: Ledger, owner: string, wanted: readonly Demand[], placed: readonly Allocation[]): ReserveResult {
  const mine = ledger.reservations[owner]?.allocations ?? [];
  const now = new Map([...mine, ...placed].map((allocation) => [allocation.node, allocation]));
  const allocations = wanted.map((demand) => now.get(demand.node)!);
  const reservations = { ...ledger.reservations, [owner]: { owner, allocations: [...now.values()] } };
  return { kind: 'granted', ledger: { ...ledger, reservations }, allocations };
}

/** True when the allocation already is what the node asks. */
function holds(capacity: Capacity, allocation: Allocation | undefined, demand: Demand): boolean {
  const networks = networksOf(capacity, demand);
  return (
    allocation !== undefined &&
    milliCpu(allocation.cpu) === milliCpu(demand.cpu) &&
    allocation.memMiB === demand.memMiB &&
    (demand.requiredHost === undefined || demand.requiredHost === allocation.host) &&
    allocation.disks.length === demand.disks.length &&
    (!demand.customDisks || demand.disks.every((disk, i) => allocation.disks[i] === disk)) &&
    allocation.networks.length === networks.length &&
    networks.every((wish, i) => {
      const given = allocation.networks[i]!;
      return given.device === wish.device && given.network === wish.network && (!wish.address || wish.address === given.address);
    })
  );
}
