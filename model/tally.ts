import type { Allocation, Reservation } from './compute';
import { parseIpv4 } from './ipv4';

/** What one reservation takes, added up by host and by network. */
export interface Tally {
  hosts: Map<string, { milliCpu: number; memMiB: number; disks: string[] }>;
  /** Addresses as numbers, by network. */
  addresses: Map<string, number[]>;
}

/** Cpu is counted in thousandths of a core: sums of fractions stay exact. */
export const milliCpu = (cpu: number): number => Math.round(cpu * 1_000);

/** Reservations are replaced, never changed, so each is added up once: a compute with thousands of owners stays quick. */
const known = new WeakMap<Reservation, Tally>();

export function tallyOf(reservation: Reservation): Tally {
  const tally = known.get(reservation) ?? addUp(reservation.allocations);
  known.set(reservation, tally);
  return tally;
}

function addUp(allocations: readonly Allocation[]): Tally {
  const tally: Tally = { hosts: new Map(), addresses: new Map() };
  for (const allocation of allocations) {
    const here = tally.hosts.get(allocation.host) ?? { milliCpu: 0, memMiB: 0, disks: [] };
    here.milliCpu += milliCpu(allocation.cpu);
    here.memMiB += allocation.memMiB;
    here.disks.push(...allocation.disks);
    tally.hosts.set(allocation.host, here);
    for (const { network, address } of allocation.networks) {
      const addresses = tally.addresses.get(network) ?? [];
      addresses.push(parseIpv4(address) ?? -1);
      tally.addresses.set(network, addresses);
    }
  }
  return tally;
}
