import { serially } from '../../activities/instances/serially';
import type { Driver } from '../../activities/machines/driver';
import { problem } from '../../model/errors';
import { formatIpv4, parseIpv4 } from '../../model/ipv4';
import type { MachineNetwork } from '../../model/machine';
import { raise } from '../../model/raise';
import { poolRange } from '../../model/room';

/**
 * Runs work with networks for so many machines: each in the first network of the compute, under an address that no
 * machine there has. None where the compute has no networks.
 */
export type WithAddresses = <T>(count: number, work: (networks: MachineNetwork[][]) => Promise<T>) => Promise<T>;

/**
 * The grid gives the addresses of a pool from its beginning, and knows nothing of those that are given here: so these
 * are given from its end.
 */
export function openAddresses(driver: Driver): WithAddresses {
  const oneByOne = serially();
  const given = new Set<number>();

  const choose = async (count: number): Promise<MachineNetwork[][]> => {
    // Whoever has one is seen in the list once his machine is there, and until then here.
    const before = [...given];
    const [{ networks: [pool] }, machines] = await Promise.all([driver.capacity(), driver.list()]);
    if (!pool) return Array.from({ length: count }, () => []);
    const taken = new Set([...before, ...machines.map(({ address }) => parseIpv4(address))]);
    const { first, last } = poolRange(pool);
    const free: number[] = [];
    for (let address = last; free.length < count && address >= first; address -= 1) if (!taken.has(address)) free.push(address);
    if (free.length < count) raise(problem(503, 'no_address', `Network ${pool.name} has ${free.length} free addresses, wanted are ${count}.`, 'Ask for fewer, or free some.'));
    for (const address of free) given.add(address);
    return free.map((address) => [{ device: 'eth0', network: pool.name, address: formatIpv4(address) }]);
  };

  return async (count, work) => {
    const networks = await oneByOne('choose', () => choose(count));
    try {
      return await work(networks);
    } finally {
      for (const { address } of networks.flat()) given.delete(parseIpv4(address)!);
    }
  };
}
