import type { Allocation, Ledger } from './compute';
import type { Capacity, NetworkPool } from './machine';
import { parseIpv4 } from './ipv4';

/** What a compute has, and what of it is not given to anybody. */

/** Cpu is counted in thousandths of a core: sums of fractions stay exact. */
export const milliCpu = (cpu: number): number => Math.round(cpu * 1_000);

export interface HostRoom {
  name: string;
  milliCpu: number;
  memMiB: number;
  /** Names, in the host's order. */
  disks: string[];
}

/** The hosts as if nothing ran on them; cpu as often as the compute gives it out. */
export const emptyHosts = (capacity: Capacity): HostRoom[] =>
  capacity.hosts.map((host) => ({ name: host.name, milliCpu: milliCpu(host.cpu * capacity.cpuOvercommit), memMiB: host.memMiB, disks: host.disks }));

/** The hosts with what these allocations leave. Allocations on a host that is no longer there take nothing. */
export function roomLeft(capacity: Capacity, held: readonly Allocation[]): HostRoom[] {
  const byHost = Map.groupBy(held, (allocation) => allocation.host);
  return emptyHosts(capacity).map((host) => {
    const here = byHost.get(host.name) ?? [];
    const used = new Set(here.flatMap((allocation) => allocation.disks));
    return {
      name: host.name,
      milliCpu: here.reduce((left, allocation) => left - milliCpu(allocation.cpu), host.milliCpu),
      memMiB: here.reduce((left, allocation) => left - allocation.memMiB, host.memMiB),
      disks: host.disks.filter((disk) => !used.has(disk)),
    };
  });
}

/** The addresses given out, by network. */
export function takenAddresses(held: readonly Allocation[]): Map<string, Set<string>> {
  const taken = new Map<string, Set<string>>();
  for (const { networks } of held) {
    for (const { network, address } of networks) {
      const addresses = taken.get(network) ?? new Set();
      taken.set(network, addresses.add(address));
    }
  }
  return taken;
}

/** First and last address of a pool as numbers; an empty pool where it is not written properly. */
export const poolRange = (pool: NetworkPool): { first: number; last: number } => ({ first: parseIpv4(pool.first) ?? 1, last: parseIpv4(pool.last) ?? 0 });

export const poolSize = (pool: NetworkPool): number => Math.max(0, poolRange(pool).last - poolRange(pool).first + 1);

export const allAllocations = (ledger: Ledger): Allocation[] => Object.values(ledger.reservations).flatMap((reservation) => reservation.allocations);

export interface Share {
  used: number;
  total: number;
}

export interface Usage {
  hosts: { name: string; cpu: Share; memMiB: Share; disks: Share }[];
  networks: { name: string; addresses: Share }[];
}

/** What of a compute is reserved, per host and per network; cpu in cores, its total with the overcommitment (P-38). */
export function usage(ledger: Ledger): Usage {
  const held = allAllocations(ledger);
  const left = roomLeft(ledger.capacity, held);
  const taken = takenAddresses(held);
  const share = (total: number, free: number): Share => ({ used: total - free, total });
  return {
    hosts: emptyHosts(ledger.capacity).map((host, i) => ({
      name: host.name,
      cpu: { used: (host.milliCpu - left[i]!.milliCpu) / 1_000, total: host.milliCpu / 1_000 },
      memMiB: share(host.memMiB, left[i]!.memMiB),
      disks: share(host.disks.length, left[i]!.disks.length),
    })),
    networks: ledger.capacity.networks.map((pool) => ({ name: pool.name, addresses: { used: taken.get(pool.name)?.size ?? 0, total: poolSize(pool) } })),
  };
}
