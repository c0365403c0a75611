import type { Allocation, Demand, Reservation } from './compute';
import { formatIpv4, parseIpv4 } from './ipv4';
import type { Capacity } from './machine';
import { poolRange, takenAddresses } from './room';

type Wish = Demand['networks'][number];
type Given = Allocation['networks'][number];

/** The first address that could not be given: the pool is used up, or the fixed address is somebody else's. */
export interface AddressShortage {
  node: string;
  wish: Wish;
}

interface Pool {
  first: number;
  last: number;
  /** Everything below it was looked at already. */
  next: number;
  taken: Set<number>;
}

/** The networks a node is in: those it names, or the compute's first one, so that every node can be reached. */
export function networksOf(capacity: Capacity, demand: Demand): Wish[] {
  const first = capacity.networks[0];
  return demand.networks.length > 0 || !first ? demand.networks : [{ device: 'eth0', network: first.name }];
}

/**
 * Gives every node its addresses (P-37): first the fixed ones, then those a node had before, then the lowest free ones.
 * All or nothing; every free address is looked at once at most.
 */
export function giveAddresses(
  capacity: Capacity,
  held: readonly Reservation[],
  wanted: readonly Demand[],
  had: ReadonlyMap<string, Allocation>,
): Map<string, Given[]> | AddressShortage {
  const pools = openPools(capacity, held);
  const open = wanted.flatMap((demand) => networksOf(capacity, demand).map((wish) => ({ node: demand.node, wish, address: '' })));
  const before = ({ node, wish }: AddressShortage) =>
    had.get(node)?.networks.find((n) => n.device === wish.device && n.network === wish.network)?.address;

  for (const one of open) one.address = take(pools.get(one.wish.network), one.wish.address);
  for (const one of open) if (!one.wish.address) one.address = take(pools.get(one.wish.network), before(one));
  for (const one of open) if (!one.wish.address) one.address ||= takeNext(pools.get(one.wish.network));

  const without = open.find((one) => !one.address);
  if (without) return { node: without.node, wish: without.wish };
  const given = new Map<string, Given[]>(wanted.map((demand) => [demand.node, []]));
  for (const { node, wish, address } of open) given.get(node)!.push({ device: wish.device, network: wish.network, address });
  return given;
}

const openPools = (capacity: Capacity, held: readonly Reservation[]): Map<string, Pool> =>
  new Map(capacity.networks.map((pool) => {
    const range = poolRange(pool);
    return [pool.name, { ...range, next: range.first, taken: takenAddresses(held, pool.name) }];
  }));

/** The address when it is in the pool and free, else `''`. */
function take(pool: Pool | undefined, address = ''): string {
  const number = parseIpv4(address);
  if (!pool || number === undefined || number < pool.first || number > pool.last || pool.taken.has(number)) return '';
  pool.taken.add(number);
  return address;
}

function takeNext(pool: Pool | undefined): string {
  if (!pool) return '';
  while (pool.taken.has(pool.next)) pool.next++;
  return take(pool, formatIpv4(pool.next));
}
