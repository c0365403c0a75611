import { networksOf } from './addresses';
import { firstApart, seen, type Neighbour } from './board';
import type { Allocation, Demand } from './compute';
import type { Capacity } from './machine';
import { ruleChange, rulesOf } from './place_rules';
import { milliCpu } from './tally';

/**
 * The nodes of an owner that stay where they are, with what they now ask written down. One that asks just what it has
 * stays in any case: it runs, and nothing moves it. One that only asks by other rules stays if they hold where it is,
 * beside those that stay before it; the less a node changed, the sooner it does.
 */
export function keep(capacity: Capacity, mine: readonly Allocation[], wanted: readonly Demand[]): Map<string, Allocation> {
  const had = new Map(mine.map((allocation) => [allocation.node, allocation]));
  const asked = new Set(wanted.map((demand) => demand.node));
  const others = mine.filter((allocation) => !asked.has(allocation.node));
  const staying = new Map<string, Neighbour[]>(capacity.hosts.map(({ name }) => [name, []]));
  const stay = (allocation: Allocation) => staying.get(allocation.host)?.push(seen(allocation));
  others.forEach(stay);
  const isOnly = onlyOne([...wanted, ...others]);
  const tagsOf = new Map(capacity.hosts.map(({ name, tags = [] }) => [name, tags]));

  const isAllowed = (demand: Demand, host: string): boolean => {
    const neighbours = staying.get(host) ?? [];
    const near = (demand.near ?? []).every((tag) => neighbours.some(({ tags }) => tags.includes(tag)) || (demand.tags?.includes(tag) && isOnly(tag)));
    return near && !firstApart({ neighbours }, seen(demand)) && (demand.hostTags ?? []).every((tag) => tagsOf.get(host)?.includes(tag));
  };
  const able = wanted
    .filter((demand) => has(capacity, had.get(demand.node), demand))
    .map((demand) => ({ demand, allocation: had.get(demand.node)!, change: ruleChange(had.get(demand.node)!, demand) }))
    .sort((a, b) => a.change - b.change);
  const kept = new Map<string, Allocation>();
  for (const { demand, allocation, change } of able) {
    if (change > 0 && !isAllowed(demand, allocation.host)) continue;
    const { tags: _t, near: _n, apart: _a, hostTags: _h, ...place } = allocation;
    const now = change > 0 ? { ...place, ...rulesOf(demand) } : allocation;
    kept.set(demand.node, now);
    stay(now);
  }
  return kept;
}

/** Tells of a tag whether one node alone has it. */
function onlyOne(nodes: readonly (Demand | Allocation)[]): (tag: string) => boolean {
  const having = new Map<string, number>();
  for (const tag of nodes.flatMap(({ tags = [] }) => tags)) having.set(tag, (having.get(tag) ?? 0) + 1);
  return (tag) => having.get(tag) === 1;
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
