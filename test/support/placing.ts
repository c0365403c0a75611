import type { Allocation, Demand, Ledger, ReserveResult } from '../../model/compute';
import type { HostCapacity } from '../../model/machine';
import { reserve } from '../../model/placement';

/** Computes and orders, for tests of where nodes go. */

export const host = (name: string, more: Partial<HostCapacity> = {}): HostCapacity => ({ name, cpu: 4, memMiB: 1_000, disks: ['disk1', 'disk2'], ...more });
export const hosts = (count: number, more: Partial<HostCapacity> = {}) => Array.from({ length: count }, (_, i) => host(`host${i + 1}`, more));
export const empty = (list: HostCapacity[]): Ledger => ({ capacity: { hosts: list, networks: [], cpuOvercommit: 1, diskRoot: '/data' }, reservations: {} });
export const demand = (node: string, more: Partial<Demand> = {}): Demand => ({ node, cpu: 1, memMiB: 100, disks: [], customDisks: false, networks: [], ...more });
export const several = (count: number, name: string, more: Partial<Demand> = {}) => Array.from({ length: count }, (_, i) => demand(`${name}${i}`, { tags: [name], ...more }));

export function granted(result: ReserveResult): { ledger: Ledger; allocations: Allocation[] } {
  if (result.kind !== 'granted') throw new Error(`${result.kind}: ${result.reason}`);
  return result;
}

export const placesOf = (result: ReserveResult): Record<string, string> => Object.fromEntries(granted(result).allocations.map((a) => [a.node, a.host]));
export const hostsOf = (result: ReserveResult): string[] => granted(result).allocations.map((a) => a.host);
export const reasonOf = (result: ReserveResult): string => (result.kind === 'granted' ? 'granted' : `${result.kind}: ${result.reason}`);

/** Takes this much of a host, for somebody else. */
export const taken = (ledger: Ledger, name: string, cpu: number): Ledger => granted(reserve(ledger, `other/${name}`, [demand('n', { cpu, memMiB: 1, requiredHost: name })])).ledger;
