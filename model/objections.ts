import { firstApart, firstUnmet, isCandidate, missingTags, type Board, type Site } from './board';
import type { Demand } from './compute';
import { milliCpu } from './tally';

/** One thing because of which a host cannot take a node. */
export interface Objection {
  kind: 'cpu' | 'mem' | 'disks' | 'host_tags' | 'apart' | 'near';
  /** The same for all hosts for which it is the same reason. */
  text: string;
  /** How much is left there of what is too little. */
  left?: number;
  unit?: string;
  /** The node that is in the way. */
  there?: string;
}

export interface HostObjections {
  host: string;
  objections: Objection[];
}

const NAMED_HOSTS = 5;
const NAMED_NODES = 3;
const REASONS = 5;

/** Why none of the hosts that are candidates can take this node, each with all of its reasons. */
export const objectionsOf = (board: Board, demand: Demand): HostObjections[] =>
  board.sites.filter((site) => isCandidate(site, demand)).map((site) => ({ host: site.name, objections: objectionsOn(board, site, demand) }));

function objectionsOn(board: Board, site: Site, demand: Demand): Objection[] {
  const found: Objection[] = [];
  const node = board.nodes.get(demand.node)!;
  const missing = missingTags(site, demand);
  if (missing.length > 0) found.push({ kind: 'host_tags', text: `tag ${missing.join(', ')} missing` });
  if (site.milliCpu < milliCpu(demand.cpu)) found.push({ kind: 'cpu', text: `cpu ${demand.cpu}`, left: site.milliCpu / 1_000 });
  if (site.memMiB < demand.memMiB) found.push({ kind: 'mem', text: `mem ${demand.memMiB}`, left: site.memMiB, unit: ' MiB' });
  const taken = demand.customDisks ? demand.disks.filter((disk) => !site.disks.includes(disk)) : [];
  if (taken.length > 0) found.push({ kind: 'disks', text: `${taken.join(', ')} not free` });
  else if (site.spare < demand.disks.length) found.push({ kind: 'disks', text: `disks ${demand.disks.length}`, left: site.spare });
  const other = firstApart(site, node);
  if (other) found.push({ kind: 'apart', text: `apart from ${other.tag}`, there: other.node });
  const tag = firstUnmet(board, site, node);
  if (tag !== undefined) found.push({ kind: 'near', text: node.near.includes(tag) && !site.neighbours.some(({ tags }) => tags.includes(tag)) ? `no ${tag} there` : elsewhere(board, site, tag) });
  return found;
}

/** It is wanted on other hosts, by nodes that cannot go after it. */
function elsewhere(board: Board, site: Site, tag: string): string {
  const lonely = ({ neighbours }: Site) => neighbours.filter((node) => node.near.includes(tag) && !neighbours.some((other) => other !== node && other.tags.includes(tag)));
  const waiting = board.sites.filter((other) => other !== site).flatMap((other) => lonely(other).map(({ node }) => `${node} on ${other.name}`));
  return `must be near ${some(waiting, NAMED_NODES)}`;
}

/**
 * Host by host why a node finds no place, equal reasons together: `host1: cpu 2 of 0.5 left; host2, host3: apart from db
 * (db0 is there); host4: tag ssd missing`. However many hosts there are, it is a few lines.
 */
export function sayObjections(hosts: readonly HostObjections[]): string {
  const groups = new Map<string, HostObjections[]>();
  for (const host of hosts) {
    const reason = host.objections.map(({ text }) => text).join(', ');
    const group = groups.get(reason);
    if (group) group.push(host);
    else groups.set(reason, [host]);
  }
  const largest = [...groups.values()].sort((a, b) => b.length - a.length).slice(0, REASONS);
  const said = [...groups.values()].filter((group) => largest.includes(group));
  const rest = hosts.length - said.reduce((sum, group) => sum + group.length, 0);
  return [...said.map(sayGroup), ...(rest > 0 ? [`${rest} more for other reasons`] : [])].join('; ');
}

const sayGroup = (group: readonly HostObjections[]): string =>
  `${some(group.map(({ host }) => host), NAMED_HOSTS)}: ${group[0]!.objections.map((_, i) => sayOne(group.map(({ objections }) => objections[i]!))).join(', ')}`;

/** What several hosts say alike, with the best of what is left there. */
function sayOne(alike: readonly Objection[]): string {
  const { text, left, unit = '' } = alike[0]!;
  const there = [...new Set(alike.flatMap((one) => one.there ?? []))];
  const most = Math.max(...alike.map((one) => one.left ?? 0));
  const differ = alike.some((one) => one.left !== left);
  const amount = left === undefined ? '' : ` of ${differ ? 'at most ' : ''}${most}${unit} left`;
  return `${text}${amount}${there.length > 0 ? ` (${some(there, NAMED_NODES)} ${there.length > 1 ? 'are' : 'is'} there)` : ''}`;
}

const some = (names: readonly string[], most: number): string =>
  `${names.slice(0, most).join(', ')}${names.length > most ? ` and ${names.length - most} more` : ''}`;
