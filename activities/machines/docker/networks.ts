import { setTimeout as delay } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { parseIpv4 } from '../../../model/ipv4';
import type { MachineNetwork, NetworkPool } from '../../../model/machine';
import { ProblemError, throwProblem } from '../../problem_error';
import { problem } from '../../../model/errors';
import type { DockerHost } from './connector';
import { ask, type AskOptions, type Engine } from './engine';
import { isOwn, labelFilter, NETWORK, networkName, ownLabels } from './labels';
import { settled, shared } from './shared';
import { isRefusal } from './trouble';

/** Halves of the compute's addresses, one network of the engine each. */
export const NETWORKS = ['admin', 'storage'] as const;
type Name = (typeof NETWORKS)[number];

/** How long an engine may take from giving a network its addresses to showing it. */
const MAKING_LIMIT_MS = 5_000;
const MAKING_PAUSE_MS = 50;

/** What making networks is named by, among what is done for several at once. */
const MAKING = 'networks ';

const HALF: Record<Name, { from: number; to: number }> = { admin: { from: 0, to: 127 }, storage: { from: 128, to: 255 } };

const subnetOf = ({ net }: DockerHost, name: Name) => `${net}.${HALF[name].from}.0/17`;

/** The engine's own end of the network; so it is no address of a node. */
export const gatewayOf = ({ net }: DockerHost, name: Name) => `${net}.${HALF[name].from}.1`;

export const poolOf = (host: DockerHost, name: Name): NetworkPool =>
  ({ name, first: `${host.net}.${HALF[name].from}.2`, last: `${host.net}.${HALF[name].to}.254` });

export const isNetwork = (name: string): name is Name => (NETWORKS as readonly string[]).includes(name);

/**
 * Makes, or adopts, the networks that a machine is in.
 * @throws ProblemError 409 `foreign_network`, `net_taken`
 */
export async function ensureNetworks(engine: Engine, networks: readonly MachineNetwork[], { signal }: AskOptions): Promise<void> {
  const wanted = networks.map(({ network }) => network).filter(isNetwork);
  if (wanted.length > 0) await shared(engine, `${MAKING}${wanted.join()}`, () => haveNetworks(engine, wanted), signal);
}

async function haveNetworks(engine: Engine, wanted: readonly Name[], options: AskOptions = {}): Promise<void> {
  const there = await allNetworks(engine, options);
  for (const name of wanted) {
    if (isThere(engine.host, there, name)) continue;
    await removeOutdated(engine, there, name, options);
    await make(engine, name, options);
  }
}

/** True when it is there and ours. Engines allow two of one name, so all are looked at. */
function isThere(host: DockerHost, networks: Dockerode.NetworkInspectInfo[], name: Name): boolean {
  const named = networks.filter(({ Name }) => Name === networkName(host, name));
  const foreign = named.find(({ Labels }) => !isOwn(host, Labels));
  if (foreign) {
    throwProblem(409, 'foreign_network', `compute ${host.compute}: its engine has a network ${foreign.Name} that the grid did not make`,
      'Rename or remove it, or give the compute another name.', { evidence: foreign.Name });
  }
  return named.some((network) => hasSubnet(network, subnetOf(host, name)));
}

const hasSubnet = ({ IPAM }: Dockerode.NetworkInspectInfo, subnet: string) => IPAM?.Config?.[0]?.Subnet === subnet;

/** What is left of the time before the connector was given other addresses. */
async function removeOutdated(engine: Engine, networks: Dockerode.NetworkInspectInfo[], name: Name, options: AskOptions): Promise<void> {
  const { host } = engine;
  const outdated = networks.filter((network) => network.Name === networkName(host, name) && !hasSubnet(network, subnetOf(host, name)));
  for (const { Id, Name } of outdated) {
    if (await removeNetwork(engine, Id, options)) continue;
    throwProblem(409, 'net_taken', `compute ${host.compute}: the network ${Name} of its engine is in use and has the addresses of another connector`,
      'End the containers in it, then retry.', { field: 'connector', evidence: Name });
  }
}

/** True when it is gone, false when the engine keeps it because it is in use. */
async function removeNetwork(engine: Engine, id: string, options: AskOptions): Promise<boolean> {
  try {
    await ask(engine, (docker, abortSignal) => docker.getNetwork(id).remove({ abortSignal }), options);
    return true;
  } catch (error) {
    if (!isRefusal(error, 403, 404, 409)) throw error;
    return error.status === 404;
  }
}

async function make(engine: Engine, name: Name, options: AskOptions): Promise<void> {
  const { host } = engine;
  try {
    await ask(engine, (docker, abortSignal) => docker.createNetwork({
      Name: networkName(host, name), CheckDuplicate: true, Driver: 'bridge', abortSignal,
      IPAM: { Driver: 'default', Config: [{ Subnet: subnetOf(host, name), Gateway: gatewayOf(host, name) }] },
      Labels: { ...ownLabels(host), [NETWORK]: name },
    }), options);
  } catch (error) {
    if (!isRefusal(error, 403, 409)) throw error;
    await otherwiseMade(engine, name, error, options);
  }
}

/** Of two networks with one subnet only one comes to be: that of somebody else who makes ours, perhaps in this moment. */
async function otherwiseMade(engine: Engine, name: Name, refusal: Error, options: AskOptions): Promise<void> {
  for (const until = Date.now() + MAKING_LIMIT_MS; ; await delay(MAKING_PAUSE_MS, undefined, { signal: options.signal })) {
    const there = await allNetworks(engine, options);
    if (isThere(engine.host, there, name)) return;
    const overlapping = overlapOf(engine.host, there, name);
    if (overlapping) throw taken(engine.host, overlapping);
    if (Date.now() > until) throw refusal;
  }
}

/** Refuses addresses that another network of the engine has. @throws ProblemError 409 `net_taken` */
export async function refuseOverlap(engine: Engine, options: AskOptions): Promise<void> {
  const { host } = engine;
  const there = (await allNetworks(engine, options)).filter(({ Labels }) => !isOwn(host, Labels));
  const overlapping = NETWORKS.map((name) => overlapOf(host, there, name)).find((one) => one);
  if (overlapping) throw taken(host, overlapping);
}

const taken = ({ compute, net }: DockerHost, { name, subnet }: { name: string; subnet: string }) =>
  new ProblemError(problem(409, 'net_taken', `compute ${compute}: its addresses (${net}.0.0/16) overlap with those of the network ${name} (${subnet}) of its engine`,
    'Give it others with net= in its connector, e.g. net=10.77, or remove that network.', { field: 'connector', evidence: name }));

function overlapOf(host: DockerHost, networks: Dockerode.NetworkInspectInfo[], name: Name): { name: string; subnet: string } | undefined {
  const own = rangeOf(subnetOf(host, name))!;
  const subnets = networks.filter(({ Name }) => Name !== networkName(host, name)).flatMap(({ Name, IPAM }) => (IPAM?.Config ?? []).map(({ Subnet = '' }) => ({ name: Name, subnet: Subnet })));
  return subnets.find(({ subnet }) => {
    const other = rangeOf(subnet);
    return other && other.first <= own.last && own.first <= other.last;
  });
}

export interface Range {
  first: number;
  last: number;
}

/** First and last address of an IPv4 network; undefined for what is none. */
export function rangeOf(subnet: string): Range | undefined {
  const [address = '', bits = ''] = subnet.split('/');
  const start = parseIpv4(address);
  if (start === undefined || !/^\d{1,2}$/.test(bits)) return undefined;
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(start / size) * size;
  return { first, last: first + size - 1 };
}

/**
 * Removes the compute's networks. One that is in use the engine keeps; a start that comes in between finds its network
 * gone and makes it again. One that is being made for a start that was given up is waited for.
 */
export async function removeNetworks(engine: Engine, options: AskOptions): Promise<void> {
  await settled(engine, MAKING, options.signal);
  const label = labelFilter(ownLabels(engine.host));
  const networks = await ask(engine, (docker, abortSignal) => docker.listNetworks({ filters: { label }, abortSignal }), options);
  for (const { Id } of networks) await removeNetwork(engine, Id, options);
}

export const allNetworks = (engine: Engine, options: AskOptions) => ask(engine, (docker, abortSignal) => docker.listNetworks({ abortSignal }), options);
