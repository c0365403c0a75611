import type { Ledger, Reservation } from './compute';
import { parseIpv4 } from './ipv4';
import type { Capacity, NetworkPool } from './machine';
import { milliCpu, tallyOf } from './tally';

/** What a compute has, and what of it is not given to anybody. */

export interface HostRoom {
  name: string;
  milliCpu: number;
  memMiB: number;
  /** Names, in the host's order. */
  disks: string[];
  tags: readonly string[];
}

/** The hosts as if nothing ran on them; cpu as often as the compute gives it out. */
export const emptyHosts = (capacity: Capacity): HostRoom[] =>
  capacity.hosts.map((host) => ({ name: host.name, milliCpu: milliCpu(host.cpu * capacity.cpuOvercommit), memMiB: host.memMiB, disks: host.disks, tags: host.tags ?? [] }));

/** The hosts with what these reservations leave. What is held on a host that is no longer there takes nothing. */
export function roomLeft(capacity: Capacity, held: readonly Reservation[]): HostRoom[] {
  const hosts = emptyHosts(capacity);
  const byName = new Map(hosts.map((host) => [host.name, { host, used: new Set<string>() }]));
  for (const reservation of held) {
    for (const [name, taken] of tallyOf(reservation).hosts) {
      const here = byName.get(name);
      if (!here) continue;
      here.host.milliCpu -= taken.milliCpu;
      here.host.memMiB -= taken.memMiB;
      for (const disk of taken.disks) here.used.add(disk);
    }
  }
  return hosts.map((host) => ({ ...host, disks: host.disks.filter((disk) => !byName.get(host.name)!.used.has(disk)) }));
}

/** The addresses of one network that are given out, as numbers. */
export function takenAddresses(held: readonly Reservation[], network: string): Set<number> {
  const taken = new Set<number>();
  for (const reservation of held) for (const address of tallyOf(reservation).addresses.get(network) ?? []) taken.add(address);
  return taken;
}

/** First and last address of a pool as numbers; an empty pool where it is not written properly. */
export const poolRange = (pool: NetworkPool): { first: number; last: number } => ({ first: parseIpv4(pool.first) ?? 1, last: parseIpv4(pool.last) ?? 0 });

export const poolSize = (pool: NetworkPool): number => Math.max(0, poolRange(pool).last - poolRange(pool).first + 1);

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
  const held = Object.values(ledger.reservations);
  const left = roomLeft(ledger.capacity, held);
  const share = (total: number, free: number): Share => ({ used: total - free, total });
  return {
    hosts: emptyHosts(ledger.capacity).map((host, i) => ({
      name: host.name,
      cpu: { used: (host.milliCpu - left[i]!.milliCpu) / 1_000, total: host.milliCpu / 1_000 },
      memMiB: share(host.memMiB, left[i]!.memMiB),
      disks: share(host.disks.length, left[i]!.disks.length),
    })),
    networks: ledger.capacity.networks.map((pool) => ({ name: pool.name, addresses: { used: takenAddresses(held, pool.name).size, total: poolSize(pool) } })),
  };
}
