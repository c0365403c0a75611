import type { Allocation, Demand } from './compute';
import type { Capacity } from './machine';
import { emptyHosts, type HostRoom } from './room';
import { milliCpu } from './tally';

export interface Place {
  host: string;
  disks: string[];
}

type Had = ReadonlyMap<string, Allocation>;

/** True when the host has what the node asks (P-32, P-33); cpu, memory and disks at once. */
export const fits = (host: HostRoom, demand: Demand): boolean =>
  (demand.requiredHost === undefined || demand.requiredHost === host.name) &&
  host.milliCpu >= milliCpu(demand.cpu) &&
  host.memMiB >= demand.memMiB &&
  hasDisks(host, demand);

/** Exactly the named disks, or just enough of them. */
export const hasDisks = (host: HostRoom, demand: Demand): boolean =>
  demand.customDisks ? demand.disks.every((disk) => host.disks.includes(disk)) : host.disks.length >= demand.disks.length;

/**
 * A place for every node, or the first node for which there is none. Nodes that can go to few places go first; a node
 * that had a place gets it back where that is possible, the others the fullest host that has room (best fit). What
 * does not work out so is tried again with the biggest nodes first: on one host the answer is exact, on several it is
 * as good as those orders.
 */
export function pack(capacity: Capacity, room: readonly HostRoom[], wanted: readonly Demand[], had: Had): Map<string, Place> | Demand {
  const biggest = biggestOf(capacity);
  const first = packInOrder(biggest, room, ordered(wanted, (demand) => (had.has(demand.node) ? 0 : 1)), had);
  if (first instanceof Map || room.length < 2) return first;
  for (const size of SIZES) {
    const places = packInOrder(biggest, room, ordered(wanted, (demand) => -size(demand)), new Map());
    if (places instanceof Map) return places;
  }
  return first;
}

const SIZES: ((demand: Demand) => number)[] = [(demand) => demand.memMiB, (demand) => demand.cpu, (demand) => demand.disks.length];

/** Named disks before any disks, a named host before any host, then by rank; the order given decides between equals. */
const ordered = (wanted: readonly Demand[], rank: (demand: Demand) => number): Demand[] => {
  const choice = (demand: Demand) => (demand.customDisks ? 0 : 2) + (demand.requiredHost === undefined ? 1 : 0);
  return [...wanted].sort((a, b) => choice(a) - choice(b) || rank(a) - rank(b));
};

function packInOrder(biggest: Biggest, room: readonly HostRoom[], wanted: readonly Demand[], had: Had): Map<string, Place> | Demand {
  const hosts = room.map((host) => ({ ...host }));
  const places = new Map<string, Place>();
  for (const demand of wanted) {
    const before = had.get(demand.node);
    const candidates = hosts.filter((host) => fits(host, demand));
    const host = candidates.find((candidate) => candidate.name === before?.host) ?? fullest(biggest, candidates);
    if (!host) return demand;
    const disks = chooseDisks(host, demand, before?.host === host.name ? before.disks : []);
    host.milliCpu -= milliCpu(demand.cpu);
    host.memMiB -= demand.memMiB;
    host.disks = host.disks.filter((disk) => !disks.includes(disk));
    places.set(demand.node, { host: host.name, disks });
  }
  return places;
}

/** By number: the ones it had, then the first free ones in order (P-32). */
function chooseDisks(host: HostRoom, demand: Demand, before: readonly string[]): string[] {
  if (demand.customDisks) return demand.disks;
  const again = before.filter((disk) => host.disks.includes(disk));
  return [...again, ...host.disks.filter((disk) => !again.includes(disk))].slice(0, demand.disks.length);
}

/** The host with the least free, measured against the biggest host; the first of equals. */
function fullest(biggest: Biggest, candidates: readonly HostRoom[]): HostRoom | undefined {
  const free = (host: HostRoom) => host.milliCpu / biggest.milliCpu + host.memMiB / biggest.memMiB;
  return candidates.reduce<HostRoom | undefined>((best, host) => (best && free(best) <= free(host) ? best : host), undefined);
}

type Biggest = Pick<HostRoom, 'milliCpu' | 'memMiB'>;

function biggestOf(capacity: Capacity): Biggest {
  const hosts = emptyHosts(capacity);
  return { milliCpu: Math.max(1, ...hosts.map((host) => host.milliCpu)), memMiB: Math.max(1, ...hosts.map((host) => host.memMiB)) };
}
