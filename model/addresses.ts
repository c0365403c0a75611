import type { Allocation, Demand } from './compute';
import { formatIpv4, parseIpv4 } from './ipv4';
import type { Capacity } from './machine';
import { poolRange, takenAddresses } from './room';

export interface AddressWish {
  device: string;
  network: string;
  address?: string;
}

type Given = Allocation['networks'];

/** Why addresses could not be given: the pool is used up, or a fixed address is somebody else's. */
export interface AddressShortage {
  node: string;
  device: string;
  network: string;
  address?: string;
}

/** The networks a node is in: those it names, or the compute's first one, so that every node can be reached. */
export function networksOf(capacity: Capacity, demand: Demand): AddressWish[] {
  const first = capacity.networks[0];
  return demand.networks.length > 0 || !first ? demand.networks : [{ device: 'eth0', network: first.name }];
}

/**
 * Gives every node its addresses (P-37): first the fixed ones, then those a node had before, then the lowest free ones.
 * All or nothing; every free address is looked at once at most.
 */
export function giveAddresses(
  capacity: Capacity,
  held: readonly Allocation[],
  wanted: readonly Demand[],
  had: ReadonlyMap<string, Allocation>,
): Map<string, Given> | AddressShortage {
  const taken = takenAddresses(held);
  const cursors = new Map(capacity.networks.map((pool) => [pool.name, poolRange(pool)]));
  const wishes = wanted.flatMap((demand) => networksOf(capacity, demand).map((wish) => ({ node: demand.node, ...wish })));
  const given = new Map<(typeof wishes)[number], string>();
  const take = (network: string, address: string): string | undefined => {
    const range = cursors.get(network);
    const number = parseIpv4(address) ?? -1;
    const addresses = taken.get(network) ?? new Set();
    const inPool = range && number >= poolFirst(capacity, network) && number <= range.last;
    if (!inPool || addresses.has(address)) return undefined;
    taken.set(network, addresses.add(address));
    return address;
  };
  const nextFree = (network: string): string | undefined => {
    const range = cursors.get(network);
    while (range && range.first <= range.last) {
      const address = take(network, formatIpv4(range.first++));
      if (address) return address;
    }
    return undefined;
  };
  const before = ({ node, device, network }: (typeof wishes)[number]) =>
    had.get(node)?.networks.find((n) => n.device === device && n.network === network)?.address;

  for (const wish of wishes) {
    const address = wish.address && take(wish.network, wish.address);
    if (address) given.set(wish, address);
    else if (wish.address) return wish;
  }
  for (const wish of wishes) {
    const address = given.has(wish) ? undefined : before(wish);
    const again = address && take(wish.network, address);
    if (again) given.set(wish, again);
  }
  for (const wish of wishes) {
    const address = given.get(wish) ?? nextFree(wish.network);
    if (!address) return wish;
    given.set(wish, address);
  }
  return new Map(wanted.map((demand) => [demand.node, []]));
}
