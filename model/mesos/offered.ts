import { milliCpu } from '../tally';
import type { Attribute, Offer, Range, Resource } from './protocol';
import { has, joined, without } from './ranges';

/** What agents offer, as places for nodes. */

/** The resource that names the disks of an agent, where it has any: `--resources=disks:{disk1,disk2}`. */
export const DISKS = 'disks';

/** Disks of agents that name none: directories, as on this host. */
export const UNNAMED_DISKS = Array.from({ length: 12 }, (_, i) => `disk${i + 1}`);

export interface HeldOffer {
  id: string;
  agent: string;
  host: string;
  /** Where what runs there is reached. */
  address: string;
  /** Where the agent's own API is. */
  port: number;
  /** Under which it was offered; tasks on it use no other. */
  role: string;
  resources: Resource[];
  attributes: Attribute[];
  /** Milliseconds since 1970. */
  since: number;
}

/** All that one agent offers under one role: pieces of it may come one after the other. */
export interface OfferedHost {
  agent: string;
  host: string;
  address: string;
  role: string;
  offers: string[];
  resources: Resource[];
  tags: string[];
  /** It offers disks by name. */
  named: boolean;
}

const AGENT_PORT = 5051;

export const readOffer = (offer: Offer, since: number): HeldOffer => ({
  id: offer.id.value, agent: offer.agent_id.value, host: offer.hostname, address: offer.url?.address.ip ?? offer.hostname, port: offer.url?.address.port ?? AGENT_PORT,
  role: offer.allocation_info?.role ?? offer.resources.find(({ role }) => role !== undefined && role !== '*')?.role ?? '*',
  resources: offer.resources, attributes: offer.attributes ?? [], since,
});

/**
 * The hosts on which something is offered. Of one that offers under several roles, or by several agents, the best of them
 * counts: tasks are launched on the offers of one agent under one role.
 */
export function hostsOffered(offers: readonly HeldOffer[]): OfferedHost[] {
  const groups = new Map<string, OfferedHost>();
  for (const { id, agent, host, address, role, resources, attributes } of offers) {
    const known = groups.get(`${agent} ${role}`);
    const named = resources.some(({ name }) => name === DISKS);
    if (known) Object.assign(known, { offers: [...known.offers, id], resources: [...known.resources, ...resources], named: known.named || named });
    else groups.set(`${agent} ${role}`, { agent, host, address, role, offers: [id], resources: [...resources], tags: attributes.flatMap(tagsOf), named });
  }
  const hosts = new Map<string, OfferedHost>();
  for (const group of groups.values()) {
    const other = hosts.get(group.host);
    if (!other || size(group) > size(other)) hosts.set(group.host, group);
  }
  return [...hosts.values()];
}

const size = (host: OfferedHost): number => amount(host.resources, 'cpus') * 4_096 + amount(host.resources, 'mem');

/** An attribute `rack:r2` is asked for as `rack.r2`, or by its name alone. */
export function tagsOf(attribute: Attribute): string[] {
  if (attribute.type === 'RANGES') return [attribute.name];
  return [attribute.name, `${attribute.name}.${attribute.type === 'TEXT' ? attribute.text.value : attribute.scalar.value}`];
}

export const amount = (resources: readonly Resource[], name: string): number =>
  resources.reduce((sum, resource) => sum + (resource.name === name && resource.type === 'SCALAR' ? milliCpu(resource.scalar.value) : 0), 0) / 1_000;

export const portsOf = (resources: readonly Resource[]): Range[] =>
  joined(resources.flatMap((resource) => (resource.name === 'ports' && resource.type === 'RANGES' ? resource.ranges.range : [])));

/** Names of the disks that are offered, each once: a set has no two of a name, however many offers it comes in. */
export const disksOf = (resources: readonly Resource[]): string[] =>
  [...new Set(resources.flatMap((resource) => (resource.name === DISKS && resource.type === 'SET' ? resource.set.item : [])))];

const isReserved = ({ role = '*', reservations }: Resource): boolean => role !== '*' || (reservations?.length ?? 0) > 0;

/** What is reserved is used before what anybody might have. */
const reservedFirst = (resources: readonly Resource[]): Resource[] => [...resources.filter(isReserved), ...resources.filter((one) => !isReserved(one))];

export interface Wanted {
  cpu: number;
  memMiB: number;
  /** By name, of an agent that names them. */
  disks: readonly string[];
  ports: readonly number[];
}

/** Cuts what is wanted out of what there is: that, as a task claims it, and what is left. Undefined where there is not enough. */
export function carve(resources: readonly Resource[], wanted: Wanted): { claim: Resource[]; left: Resource[] } | undefined {
  const claim: Resource[] = [];
  const left: Resource[] = [];
  const open = { cpus: milliCpu(wanted.cpu), mem: milliCpu(wanted.memMiB), disks: new Set(wanted.disks), ports: new Set(wanted.ports) };
  for (const resource of reservedFirst(resources)) {
    const [taken, rest] = cut(resource, open);
    if (taken) claim.push(taken);
    if (rest) left.push(rest);
  }
  return open.cpus > 0 || open.mem > 0 || open.disks.size > 0 || open.ports.size > 0 ? undefined : { claim, left };
}

interface Open {
  cpus: number;
  mem: number;
  disks: Set<string>;
  ports: Set<number>;
}

function cut(resource: Resource, open: Open): [taken: Resource | undefined, rest: Resource | undefined] {
  if (resource.type === 'SCALAR' && (resource.name === 'cpus' || resource.name === 'mem')) {
    const there = milliCpu(resource.scalar.value);
    const take = Math.min(there, open[resource.name]);
    open[resource.name] -= take;
    const part = (value: number): Resource | undefined => (value > 0 ? { ...resource, scalar: { value: value / 1_000 } } : undefined);
    return [part(take), part(there - take)];
  }
  if (resource.type === 'RANGES' && resource.name === 'ports') {
    const take = [...open.ports].filter((port) => has(resource.ranges.range, port));
    for (const port of take) open.ports.delete(port);
    const rest = take.reduce((ranges, port) => without(ranges, port), joined(resource.ranges.range));
    const part = (range: Range[]): Resource | undefined => (range.length > 0 ? { ...resource, ranges: { range } } : undefined);
    return [part(joined(take.map((port) => ({ begin: port, end: port })))), part(rest)];
  }
  if (resource.type === 'SET' && resource.name === DISKS) {
    const take = resource.set.item.filter((item) => open.disks.has(item));
    for (const item of take) open.disks.delete(item);
    const part = (item: string[]): Resource | undefined => (item.length > 0 ? { ...resource, set: { item } } : undefined);
    return [part(take), part(resource.set.item.filter((item) => !take.includes(item)))];
  }
  return [undefined, resource];
}
