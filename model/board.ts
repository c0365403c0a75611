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
}

/** @param mine what the owner holds: the wanted nodes move, the others are their neighbours */
export function openBoard(room: readonly HostRoom[], mine: readonly Allocation[], wanted: readonly Demand[]): Board {
  const moving = new Set(wanted.map((demand) => demand.node));
  const staying = mine.filter((allocation) => !moving.has(allocation.node)).map((allocation) => ({ host: allocation.host, ...keptNear(allocation, mine) }));
  const coming = wanted.map((demand) => notNearItself(demand, [...wanted, ...staying]));
  const sites = room.map((host) => ({ ...host, spare: host.disks.length, neighbours: staying.filter((node) => node.host === host.name) }));
  const near = new Set([...coming, ...staying].flatMap((node) => node.near));
  return {
    sites,
    nodes: new Map(coming.map((node) => [node.node, node])),
    near: new Map([...near].map((tag) => [tag, {
      toCome: coming.filter((node) => node.tags.includes(tag)).length,
      missing: new Set(sites.filter((site) => isMissing(site, tag))),
    }])),
  };
}

const seen = ({ node, tags = [], near = [], apart = [] }: Demand | Allocation): Neighbour => ({ node, tags, near, apart });

/** What a node that stays was near to must stay too, or come again; what it lost before is not asked of others. */
function keptNear(allocation: Allocation, mine: readonly Allocation[]): Neighbour {
  const beside = (tag: string) => mine.some((other) => other.node !== allocation.node && other.host === allocation.host && other.tags?.includes(tag));
  return { ...seen(allocation), near: (allocation.near ?? []).filter(beside) };
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
  isCandidate(host, demand) && host.milliCpu >= milliCpu(demand.cpu) && host.memMiB >= demand.memMiB && hasDisks(host, demand) && missingTags(host, demand).length === 0;

/** The first neighbour that must not be beside this node, by its own rule or the node's, and the tag that says so. */
export function firstApart(site: Site, { tags, apart }: Neighbour): { node: string; tag: string } | undefined {
  if (tags.length === 0 && apart.length === 0) return undefined;
  for (const other of site.neighbours) {
    const tag = apart.find((t) => other.tags.includes(t)) ?? other.apart.find((t) => tags.includes(t));
    if (tag !== undefined) return { node: other.node, tag };
  }
  return undefined;
}

/** The nodes of a site that want this tag near and have no other node with it there. */
export function lonely(site: Site, tag: string, more?: Neighbour): Neighbour[] {
  const here = more ? [...site.neighbours, more] : site.neighbours;
  const having = here.filter((node) => node.tags.includes(tag));
  return having.length > 1 ? [] : here.filter((node) => node.near.includes(tag) && (having.length === 0 || having[0] === node));
}

const isMissing = (site: Site, tag: string, more?: Neighbour): boolean => lonely(site, tag, more).length > 0;

/** The tag, if there is one, that more sites would then miss than nodes with it are still to come. */
export function firstUnmet(board: Board, site: Site, node: Neighbour): string | undefined {
  for (const [tag, { toCome, missing }] of board.near) {
    const has = node.tags.includes(tag);
    if (!has && !node.near.includes(tag)) continue;
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
  const { tags, near } = board.nodes.get(demand.node)!;
  for (const [tag, wanted] of board.near) {
    if (tags.includes(tag)) wanted.toCome -= sign;
    else if (!near.includes(tag)) continue;
    if (isMissing(site, tag)) wanted.missing.add(site);
    else wanted.missing.delete(site);
  }
}
