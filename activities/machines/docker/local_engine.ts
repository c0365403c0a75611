import { networkInterfaces } from 'node:os';
import { parseIpv4 } from '../../../model/ipv4';
import type { Capacity, Machine } from '../../../model/machine';
import { ProblemError } from '../../problem_error';
import { capacityOf } from './capacity';
import { readDockerConnector } from './connector';
import { ask, openEngine, type Engine } from './engine';
import { list } from './find';
import { isOwn } from './labels';
import { allNetworks, rangeOf, type Range } from './networks';

const ANSWER_LIMIT_MS = 1_000;

export interface LocalEngine {
  connector: string;
  capacity: Capacity;
  /** Those of a grid of before that had this one's id. */
  machines: Machine[];
}

/**
 * The engine of this very host as a compute of this name, with addresses that nothing here has yet; undefined when none
 * answers, or it is none that runs machines.
 * @param octet wished for as second number of the addresses, where nobody has those
 * @param taken first and last addresses that other computes of the grid give out
 */
export async function findLocalEngine(compute: { name: string; grid: string }, socket: string, octet: number, taken: readonly { first: string; last: string }[]): Promise<LocalEngine | undefined> {
  const at = `docker://${socket.split('/').map(encodeURIComponent).join('/')}`;
  const opened = (connector: string) => openEngine(readDockerConnector(compute, new URL(connector)));
  try {
    const engine = opened(at);
    await ask(engine, (docker) => docker.ping(), { limitMs: ANSWER_LIMIT_MS });
    const net = await freeNet(engine, octet, taken.flatMap(({ first, last }) => rangeBetween(first, last)));
    if (!net) return undefined;
    const connector = `${at}?net=${net}`;
    const found = opened(connector);
    return { connector, capacity: await capacityOf(found), machines: await list(found) };
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

async function freeNet(engine: Engine, octet: number, taken: readonly Range[]): Promise<string | undefined> {
  const networks = await allNetworks(engine, { limitMs: ANSWER_LIMIT_MS });
  // What a grid of before left runs there.
  const own = networks.find(({ Labels }) => isOwn(engine.host, Labels))?.IPAM?.Config?.[0]?.Subnet;
  if (own) return own.split('.').slice(0, 2).join('.');
  const subnets = networks.flatMap(({ IPAM }) => (IPAM?.Config ?? []).map(({ Subnet = '' }) => Subnet));
  const ofHost = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ cidr }) => cidr ?? ''));
  const had = [...taken, ...[...subnets, ...ofHost].map(rangeOf).filter((range) => range !== undefined)];
  return candidates(octet).find((net) => {
    const own = rangeOf(`${net}.0.0/16`)!;
    return !had.some(({ first, last }) => first <= own.last && own.first <= last);
  });
}

/** Those that no other grid of this host wishes for come next, then what else is private. */
function candidates(octet: number): string[] {
  const others = Array.from({ length: 76 }, (_, i) => `10.${1 + ((octet + i) % 76)}`);
  return [`10.${octet}`, ...others, ...Array.from({ length: 16 }, (_, i) => `172.${31 - i}`), '192.168'];
}

function rangeBetween(from: string, to: string): Range[] {
  const [first, last] = [parseIpv4(from), parseIpv4(to)];
  return first === undefined || last === undefined ? [] : [{ first, last }];
}
