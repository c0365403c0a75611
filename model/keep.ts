import { networksOf } from './addresses';
import { firstApart, isMissing, missingTags, openBoard } from './board';
import type { Allocation, Demand } from './compute';
import type { Capacity } from './machine';
import { ruleChange, rulesOf } from './place_rules';
import { emptyHosts } from './room';
import { milliCpu } from './tally';

/**
 * The nodes of an owner that stay where they are, with what they now ask written down. One that asks just what it has
 * stays in any case: it runs, and nothing moves it. One that only asks by other rules stays if they hold where it is,
 * beside those that stay before it; the less a node changed, the sooner it does.
 */
export function keep(capacity: Capacity, mine: readonly Allocation[], wanted: readonly Demand[]): Map<string, Allocation> {
  const had = new Map(mine.map((allocation) => [allocation.node, allocation]));
  const able = wanted
    .filter((demand) => has(capacity, had.get(demand.node), demand))
    .map((demand) => ({ demand, allocation: had.get(demand.node)!, change: ruleChange(had.get(demand.node)!, demand) }))
    .sort((a, b) => a.change - b.change);
  const asked = new Set(wanted.map((demand) => demand.node));
  const staying = mine.filter((allocation) => !asked.has(allocation.node));
  const kept = new Map<string, Allocation>();
  for (const { demand, allocation, change } of able) {
    if (change > 0 && !isAllowed(capacity, staying, wanted.filter(({ node }) => !kept.has(node)), demand, allocation.host)) continue;
    const { tags: _t, near: _n, apart: _a, hostTags: _h, ...place } = allocation;
    const now = change > 0 ? { ...place, ...rulesOf(demand) } : allocation;
    kept.set(demand.node, now);
    staying.push(now);
  }
  return kept;
}

/** True when the allocation already is what the node asks, whatever its rules are. */
function has(capacity: Capacity, allocation: Allocation | undefined, demand: Demand): boolean {
  const networks = networksOf(capacity, demand);
  return (
    allocation !== undefined &&
    milliCpu(allocation.cpu) === milliCpu(demand.cpu) &&
    allocation.memMiB === demand.memMiB &&
    (demand.requiredHost === undefined || demand.requiredHost === allocation.host) &&
    allocation.disks.length === demand.disks.length &&
    (!demand.customDisks || demand.disks.every((disk, i) => allocation.disks[i] === disk)) &&
    allocation.networks.length === networks.length &&
    networks.every((wish, i) => {
      const given = allocation.networks[i]!;
      return given.device === wish.device && given.network === wish.network && (!wish.address || wish.address === given.address);
    })
  );
}

/** True when the rules of a node, and those of the nodes that stay there, let it be on this host. */
function isAllowed(capacity: Capacity, staying: readonly Allocation[], open: readonly Demand[], demand: Demand, host: string): boolean {
  const board = openBoard(emptyHosts(capacity).filter(({ name }) => name === host), staying, open);
  const [site] = board.sites;
  const node = board.nodes.get(demand.node)!;
  return site !== undefined && missingTags(site, demand).length === 0 && !firstApart(site, node) && node.near.every((tag) => !isMissing(site, tag, node));
}
