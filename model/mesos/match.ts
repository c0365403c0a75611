import { canTake, openBoard, put } from '../board';
import type { Allocation, Demand } from '../compute';
import type { Capacity } from '../machine';
import { sayObjections, type HostObjections } from '../objections';
import { pack } from '../pack';
import type { HostRoom } from '../room';
import { milliCpu } from '../tally';
import { amount, carve, disksOf, portsOf, UNNAMED_DISKS, type OfferedHost } from './offered';
import type { Range, Resource } from './protocol';
import { has } from './ranges';

/** What is known of a host besides its offers. */
export interface KnownHost {
  /** Ports that Mesos gives out there; none of the others is anybody's. */
  ports?: readonly Range[];
  /** Its agent has disks by name, offered now or not. */
  named?: boolean;
  /** What nodes of ours have there and Mesos knows nothing of. */
  takenPorts?: readonly number[];
  takenDisks?: readonly string[];
}

/** Where a node goes, and what its task claims there. */
export interface MesosPlace {
  node: string;
  agent: string;
  host: string;
  address: string;
  role: string;
  disks: string[];
  resources: Resource[];
}

export type Match =
  | { kind: 'placed'; places: MesosPlace[]; left: OfferedHost[] }
  /** Why the first node without a place has none, host by host. */
  | { kind: 'refused'; node: string; hosts: HostObjections[]; reason: string };

const PORT = 'port ';

/**
 * A place for every node on what is offered, or the first node that has none; by the rules of any other compute (P-31 … P-33).
 * A port is a thing of its host: the node asks for a host that has it, and keeps from all others that ask for the same.
 * @param mine what the owner has already: its nodes stay, and are neighbours
 */
export function match(hosts: readonly OfferedHost[], mine: readonly Allocation[], wanted: readonly Demand[], known: ReadonlyMap<string, KnownHost> = new Map()): Match {
  const few = ENOUGH_HOSTS + HOSTS_PER_NODE * wanted.length;
  if (hosts.length <= few) return matchOn(hosts, mine, wanted, known);
  const found = matchOn(hosts.slice(0, few), mine, wanted, known);
  return found.kind === 'placed' ? { ...found, left: [...found.left, ...hosts.slice(few)] } : matchOn(hosts, mine, wanted, known);
}

/** So many are tried first, since looking at all of a large cluster takes its time. */
const ENOUGH_HOSTS = 32;
const HOSTS_PER_NODE = 4;

function matchOn(hosts: readonly OfferedHost[], mine: readonly Allocation[], wanted: readonly Demand[], known: ReadonlyMap<string, KnownHost>): Match {
  const asked = wanted.map(withPorts);
  const ports = portsAsked(wanted);
  const there = hosts.map((host) => roomOf(host, known.get(host.host), ports));
  const found = pack(capacityOf(there), there, mine, asked);
  if (!(found instanceof Map)) return refused(found.demand, found.hosts);
  const left = new Map(hosts.map((host) => [host.host, host]));
  const places: MesosPlace[] = [];
  for (const demand of wanted) {
    const { host: name, disks } = found.get(demand.node)!;
    const host = left.get(name)!;
    const { claim, left: rest } = carve(host.resources, wantedThere(host, demand, disks))!;
    left.set(name, { ...host, resources: rest });
    places.push({ node: demand.node, agent: host.agent, host: name, address: host.address, role: host.role, disks, resources: claim });
  }
  return { kind: 'placed', places, left: [...left.values()] };
}

const refused = ({ node, requiredHost }: Demand, hosts: HostObjections[]): Match => {
  const said = hosts.map((host) => ({ ...host, objections: host.objections.map((one) => ({ ...one, text: one.text.replaceAll(/tag port (\d+(?:, port \d+)*) missing/g, 'port $1 not free').replaceAll('apart from port ', 'port ') })) }));
  return { kind: 'refused', node, hosts: said, reason: `${node}: ${hosts.length > 0 ? sayObjections(said) : `nothing is offered${requiredHost === undefined ? '' : ` on ${requiredHost}`}`}` };
};

function withPorts({ ports = [], ...demand }: Demand): Demand {
  if (ports.length === 0) return demand;
  const words = ports.map((port) => `${PORT}${port}`);
  return { ...demand, hostTags: [...(demand.hostTags ?? []), ...words], tags: [...(demand.tags ?? []), ...words], apart: [...(demand.apart ?? []), ...words] };
}

/** Of the same host the room is the same, however many orders ask. */
const rooms = new WeakMap<OfferedHost, { known: KnownHost | undefined; ports: string; room: HostRoom }>();

function roomOf(host: OfferedHost, known: KnownHost | undefined, asked: readonly number[]): HostRoom {
  const before = rooms.get(host);
  const ports = asked.join();
  if (before && before.known === known && before.ports === ports) return before.room;
  const room = roomFor(host, known, asked);
  rooms.set(host, { known, ports, room });
  return room;
}

const portsAsked = (wanted: readonly Demand[]): number[] => [...new Set(wanted.flatMap((demand) => demand.ports ?? []))];

function roomFor(host: OfferedHost, { ports: managed, named, takenPorts = [], takenDisks = [] }: KnownHost = {}, asked: readonly number[]): HostRoom {
  const offered = portsOf(host.resources);
  const isFree = (port: number) => !takenPorts.includes(port) && (has(offered, port) || !isManaged(port, managed ?? offered));
  const ports = asked.filter(isFree).map((port) => `${PORT}${port}`);
  return {
    name: host.host, milliCpu: milliCpu(amount(host.resources, 'cpus')), memMiB: Math.floor(amount(host.resources, 'mem')),
    disks: host.named || named ? disksOf(host.resources) : UNNAMED_DISKS.filter((disk) => !takenDisks.includes(disk)), tags: [...host.tags, ...ports],
  };
}

/** Where it is not known what is given out, all between the first and the last that is offered is. */
const isManaged = (port: number, ranges: readonly Range[]): boolean =>
  ranges.length > 0 && Math.min(...ranges.map(({ begin }) => begin)) <= port && port <= Math.max(...ranges.map(({ end }) => end));

const wantedThere = (host: OfferedHost, { cpu, memMiB, ports = [] }: Demand, disks: readonly string[]) => ({
  cpu, memMiB, disks: host.named ? disks : [], ports: ports.filter((port) => has(portsOf(host.resources), port)),
});

const capacityOf = (rooms: readonly HostRoom[]): Capacity => ({
  hosts: rooms.map(({ name, milliCpu: cpu, memMiB, disks }) => ({ name, cpu: cpu / 1_000, memMiB, disks })), networks: [], cpuOvercommit: 1, diskRoot: '',
});

/** What an order that waits keeps for itself, and what of the hosts is left for others. */
export interface Kept {
  places: Pick<MesosPlace, 'node' | 'host' | 'disks'>[];
  left: OfferedHost[];
}

/** Keeps a place for each of the nodes that finds one, one after the other. */
export function keepFor(hosts: readonly OfferedHost[], mine: readonly Allocation[], wanted: readonly Demand[], known: ReadonlyMap<string, KnownHost> = new Map()): Kept {
  const asked = wanted.map(withPorts);
  const ports = portsAsked(wanted);
  const board = openBoard(hosts.map((host) => roomOf(host, known.get(host.host), ports)), mine, asked);
  const left = new Map(hosts.map((host) => [host.host, host]));
  const places: Kept['places'] = [];
  for (const [i, demand] of asked.entries()) {
    const site = board.sites.find((one) => canTake(board, one, demand));
    if (!site) continue;
    const host = left.get(site.name)!;
    const given = places.filter((place) => place.host === site.name).flatMap((place) => place.disks);
    const disks = demand.customDisks ? demand.disks : site.disks.filter((disk) => !given.includes(disk)).slice(0, demand.disks.length);
    const cut = carve(host.resources, wantedThere(host, wanted[i]!, disks));
    if (!cut) continue;
    put(board, site, demand);
    places.push({ node: demand.node, host: site.name, disks: [...disks] });
    left.set(site.name, { ...host, resources: cut.left });
  }
  return { places, left: [...left.values()] };
}
