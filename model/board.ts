import type { Allocation, Demand } from './compute';
import type { HostRoom } from './room';
import { milliCpu } from './tally';

/** A node of the owner, placed or to be placed, as the others see it. */
export interface Neighbour {
  node: string;
  tags: readonly string[];
  near: readonly string[];
  apart: readonly string[];
}

/** A host while an order is being placed. `disks` are those that no node named yet, `spare` says how many are not promised. */
export interface Site extends HostRoom {
  spare: number;
  neighbours: Neighbour[];
}

/** A tag that some node wants near: how many nodes without a place have it, and the sites where it is wanted and missing. */
interface Wanted {
  toCome: number;
  missing: Set<Site>;
}

/** An order that is being placed: nodes are put on sites and taken back until all are somewhere. */
export interface Board {
  sites: Site[];
  nodes: ReadonlyMap<string, Neighbour>;
  near: ReadonlyMap<string, Wanted>;
  /** By node, the tags of `near` that it has or wants. */
  bonds: ReadonlyMap<string, readonly string[]>;
}

/** @param mine what the owner holds: the wanted nodes move, the others are their neighbours */
export function openBoard(room: readonly HostRoom[], mine: readonly Allocation[], wanted: readonly Demand[]): Board {
  const moving = new Set(wanted.map((demand) => demand.node));
  const staying = mine.filter((allocation) => !moving.has(allocation.node)).map((allocation) => ({ host: allocation.host, ...keptNear(allocation, mine, wanted) }));
  const all = [...wanted, ...staying];
  const coming = wanted.map((demand) => notNearItself(demand, all));
  const sites = room.map(({ name, milliCpu: cpu, memMiB, disks, tags }): Site => ({ name, milliCpu: cpu, memMiB, disks, tags, spare: disks.length, neighbours: staying.filter((node) => node.host === name) }));
  const near = new Set([...coming, ...staying].flatMap((node) => node.near));
  return {
    sites,
    nodes: new Map(coming.map((node) => [node.node, node])),
    bonds: new Map(coming.map((node) => [node.node, [...new Set([...node.tags, ...node.near])].filter((tag) => near.has(tag))])),
    near: new Map([...near].map((tag) => [tag, {
      toCome: coming.filter((node) => node.tags.includes(tag)).length,
      missing: new Set(sites.filter((site) => isMissing(site, tag))),
    }])),
  };
}

export const seen = ({ node, tags = [], near = [], apart = [] }: Demand | Allocation): Neighbour => ({ node, tags, near, apart });

/**
 * What a node that stays is near to must stay too, or another like it come; so must the first that joins the only one
 * of its kind. What it was near to and lost is not asked of others.
 */
function keptNear(allocation: Allocation, mine: readonly Allocation[], wanted: readonly Demand[]): Neighbour {
  const isKept = (tag: string): boolean => {
    const like = mine.filter((other) => other.node !== allocation.node && other.tags?.includes(tag));
    if (like.length > 0) return like.some((other) => other.host === allocation.host);
    return wanted.some((demand) => demand.tags?.includes(tag));
  };
  return { ...seen(allocation), near: (allocation.near ?? []).filter(isKept) };
}

/** Near its own tag, a node is where its like are; the only one of its kind may be anywhere. */
function notNearItself(demand: Demand, all: readonly { node: string; tags?: readonly string[] }[]): Neighbour {
  const isOnly = (tag: string) => demand.tags?.includes(tag) && !all.some((other) => other.node !== demand.node && other.tags?.includes(tag));
  return { ...seen(demand), near: (demand.near ?? []).filter((tag) => !isOnly(tag)) };
}

/** Exactly the named disks, or just enough of them (P-32). */
export const hasDisks = (host: HostRoom, demand: Demand): boolean =>
  demand.customDisks ? demand.disks.every((disk) => host.disks.includes(disk)) : host.disks.length >= demand.disks.length;

export const isCandidate = (host: { name: string }, demand: Demand): boolean => demand.requiredHost === undefined || demand.requiredHost === host.name;

export const missingTags = (host: HostRoom, demand: Demand): string[] => (demand.hostTags ?? []).filter((tag) => !host.tags.includes(tag));

/** True when the host has what the node asks of it (P-32, P-33): all at once, whoever is there. */
export const fits = (host: HostRoom, demand: Demand): boolean =>
  isCandidate(host, demand) && host.milliCpu >= milliCpu(demand.cpu) && host.memMiB >= demand.memMiB && hasDisks(host, demand) && (demand.hostTags ?? []).every((tag) => host.tags.includes(tag));

function shared(some: readonly string[], others: readonly string[]): string | undefined {
  for (const word of some) if (others.includes(word)) return word;
  return undefined;
}

/** The first neighbour that must not be beside this node, by its own rule or the node's, and the tag that says so. */
export function firstApart(site: Pick<Site, 'neighbours'>, { tags, apart }: Neighbour): { node: string; tag: string } | undefined {
  if (tags.length === 0 && apart.length === 0) return undefined;
  for (const other of site.neighbours) {
    const tag = shared(apart, other.tags) ?? shared(other.apart, tags);
    if (tag !== undefined) return { node: other.node, tag };
  }
  return undefined;
}

/** True when a node of this site wants the tag near and no other node there has it. Asked of every host that is looked at, so it makes no list. */
export function isMissing(site: Site, tag: string, more?: Neighbour): boolean {
  let having = more?.tags.includes(tag) ? 1 : 0;
  let wanting = more?.near.includes(tag) ? 1 : 0;
  let both = having && wanting;
  for (const { tags, near } of site.neighbours) {
    const has = tags.includes(tag);
    const wants = near.includes(tag);
    if (has) having++;
    if (wants) wanting++;
    if (has && wants) both++;
    if (having > 1) return false;
  }
  return having === 0 ? wanting > 0 : both > 0;
}

/** The tag, if there is one, that more sites would then miss than nodes with it are still to come. */
export function firstUnmet(board: Board, site: Site, node: Neighbour): string | undefined {
  for (const tag of board.bonds.get(node.node)!) {
    const { toCome, missing } = board.near.get(tag)!;
    const has = node.tags.includes(tag);
    const elsewhere = missing.size - (missing.has(site) ? 1 : 0);
    if (elsewhere + (isMissing(site, tag, node) ? 1 : 0) > toCome - (has ? 1 : 0)) return tag;
  }
  return undefined;
}

export function canTake(board: Board, site: Site, demand: Demand): boolean {
  const node = board.nodes.get(demand.node)!;
  return fits(site, demand) && site.spare >= demand.disks.length && !firstApart(site, node) && firstUnmet(board, site, node) === undefined;
}

export function put(board: Board, site: Site, demand: Demand): void {
  if (demand.customDisks) site.disks = site.disks.filter((disk) => !demand.disks.includes(disk));
  site.neighbours.push(board.nodes.get(demand.node)!);
  count(board, site, demand, 1);
}

/** Undoes the last {@link put} on this site. */
export function takeBack(board: Board, site: Site, demand: Demand): void {
  if (demand.customDisks) site.disks = [...site.disks, ...demand.disks];
  site.neighbours.pop();
  count(board, site, demand, -1);
}

function count(board: Board, site: Site, demand: Demand, sign: 1 | -1): void {
  site.milliCpu -= sign * milliCpu(demand.cpu);
  site.memMiB -= sign * demand.memMiB;
  site.spare -= sign * demand.disks.length;
  for (const tag of board.bonds.get(demand.node)!) {
    const wanted = board.near.get(tag)!;
    if (board.nodes.get(demand.node)!.tags.includes(tag)) wanted.toCome -= sign;
    if (isMissing(site, tag)) wanted.missing.add(site);
    else wanted.missing.delete(site);
  }
}
