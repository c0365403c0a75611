import { canTake, openBoard, put, type Board, type Site } from './board';
import { chooseDisks, type Place } from './choose_disks';
import type { Allocation, Demand } from './compute';
import type { Capacity } from './machine';
import { objectionsOf, type HostObjections } from './objections';
import { emptyHosts, type HostRoom } from './room';
import { search } from './search';
import { milliCpu } from './tally';

/** A node for which there is no host, and why not. */
export interface Stuck {
  demand: Demand;
  hosts: HostObjections[];
  /** False when the order may fit all the same, in a way that was not tried. */
  sure: boolean;
}

/** Host by node. */
type Hosts = Map<string, string>;
type Had = ReadonlyMap<string, Allocation>;
type Rank = (demand: Demand) => number;

/**
 * A place for every node, or the first node for which there is none; the rules of all of them hold. A node that had a
 * place gets it back where that is possible; the others, those with the fewest choices first, go to the fullest host
 * that can take them (best fit), or with `spread` to the one with the fewest nodes of the owner. What does not work out
 * so is tried again with the biggest nodes first, then by a bounded {@link search}, for which preferences do not count.
 * @param mine what the owner holds; of its nodes only the wanted ones move
 */
export function pack(capacity: Capacity, room: readonly HostRoom[], mine: readonly Allocation[], wanted: readonly Demand[]): Map<string, Place> | Stuck {
  const board = openBoard(room, mine, wanted);
  const choices = countChoices(board, wanted);
  const had: Had = new Map(mine.map((allocation) => [allocation.node, allocation]));
  const hadNone: Rank = (demand) => (had.has(demand.node) ? 0 : 1);
  const freedom: Rank = (demand) => choices.get(demand.node)!;
  const attempt = (on: Board, prefer: Had, ...ranks: Rank[]) => placeInOrder(on, freeShare(capacity), inOrder(wanted, ranks), prefer);
  const placed = (hosts: Hosts) => chooseDisks(room, wanted, hosts, had);

  const first = attempt(board, had, hadNone, freedom);
  if (first instanceof Map) return placed(first);
  if (room.length < 2 || wanted.some((demand) => freedom(demand) === 0) || isHopeless(openBoard(room, mine, wanted), wanted)) return first;
  for (const size of SIZES) {
    const hosts = attempt(openBoard(room, mine, wanted), new Map(), freedom, size);
    if (hosts instanceof Map) return placed(hosts);
  }
  const found = search(openBoard(room, mine, wanted), inOrder(wanted, [freedom, ...SIZES]));
  if (found instanceof Map) return placed(found);
  return (found === 'unknown' && onFewerHosts(capacity, room, mine, wanted)) || { ...first, sure: found === 'none' };
}

/** On how many sites each node could be; nodes that ask the same have the same choices, and they are most of a large order. */
function countChoices(board: Board, wanted: readonly Demand[]): Map<string, number> {
  const counted = new Map<string, number>();
  return new Map(wanted.map((demand) => {
    const asked = JSON.stringify({ ...demand, node: '' });
    const choices = counted.get(asked) ?? board.sites.filter((site) => canTake(board, site, demand)).length;
    counted.set(asked, choices);
    return [demand.node, choices];
  }));
}

/** Where the search is lost, it may find its way without the last host, if that is free: so no host that is added takes away what was granted. */
function onFewerHosts(capacity: Capacity, room: readonly HostRoom[], mine: readonly Allocation[], wanted: readonly Demand[]): Map<string, Place> | undefined {
  const [left, whole] = [room.at(-1)!, emptyHosts(capacity).at(-1)!];
  const isFree = left.milliCpu === whole.milliCpu && left.memMiB === whole.memMiB && left.disks.length === whole.disks.length;
  if (!isFree || wanted.length * room.length > MAX_AGAIN) return undefined;
  const places = pack({ ...capacity, hosts: capacity.hosts.slice(0, -1) }, room.slice(0, -1), mine, wanted);
  return places instanceof Map ? places : undefined;
}

/** Nodes times hosts up to which an order is tried on fewer hosts: a workflow task waits meanwhile. */
const MAX_AGAIN = 4_000;

/** The biggest first. */
const SIZES: Rank[] = [(demand) => -demand.memMiB, (demand) => -demand.cpu, (demand) => -demand.disks.length];

/** The lowest first; the order given decides between equals. */
const inOrder = (wanted: readonly Demand[], ranks: readonly Rank[]): Demand[] =>
  [...wanted].sort((a, b) => ranks.reduce((order, rank) => order || rank(a) - rank(b), 0));

/** More is asked than is left in all, or more nodes keep apart from each other than there are hosts for them. */
function isHopeless(board: Board, wanted: readonly Demand[]): boolean {
  const { sites } = board;
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  if (sum(wanted.map((d) => milliCpu(d.cpu))) > sum(sites.map((site) => site.milliCpu))) return true;
  if (sum(wanted.map((d) => d.memMiB)) > sum(sites.map((site) => site.memMiB))) return true;
  if (sum(wanted.map((d) => d.disks.length)) > sum(sites.map((site) => site.spare))) return true;
  return [...new Set(wanted.flatMap((d) => d.apart ?? []))].some((tag) => {
    const alike = wanted.filter((d) => d.apart?.includes(tag) && d.tags?.includes(tag));
    return alike.length > sites.filter((site) => alike.some((d) => canTake(board, site, d))).length;
  });
}

function placeInOrder(board: Board, free: (site: Site) => number, order: readonly Demand[], had: Had): Hosts | Stuck {
  const hosts: Hosts = new Map();
  for (const demand of order) {
    const site = best(board, free, demand, had.get(demand.node)?.host);
    if (!site) return { demand, hosts: objectionsOf(board, demand), sure: true };
    put(board, site, demand);
    hosts.set(demand.node, site.name);
  }
  return hosts;
}

/** Of the sites that can take it the one with the least of the first thing in which they differ; the first of equals. */
function best(board: Board, free: (site: Site) => number, demand: Demand, before?: string): Site | undefined {
  const liking = (site: Site) => [site.name === before ? 0 : 1, ...(demand.placement === 'spread' ? [site.neighbours.length, -free(site)] : [free(site)])];
  const liked = board.sites.filter((site) => canTake(board, site, demand)).map((site) => ({ site, liking: liking(site) }));
  return liked.reduce<(typeof liked)[number] | undefined>((least, one) => (least && compare(least.liking, one.liking) <= 0 ? least : one), undefined)?.site;
}

const compare = (a: readonly number[], b: readonly number[]): number => a.map((number, i) => number - b[i]!).find((difference) => difference !== 0) ?? 0;

/** How much of a host is free, measured against the biggest one. */
function freeShare(capacity: Capacity): (site: Site) => number {
  const hosts = emptyHosts(capacity);
  const biggest = { milliCpu: Math.max(1, ...hosts.map((host) => host.milliCpu)), memMiB: Math.max(1, ...hosts.map((host) => host.memMiB)) };
  return (site) => site.milliCpu / biggest.milliCpu + site.memMiB / biggest.memMiB;
}
