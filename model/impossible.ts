import { networksOf } from './addresses';
import type { Demand } from './compute';
import { parseIpv4 } from './ipv4';
import type { Capacity } from './machine';
import { sayObjections } from './objections';
import { fits, hasDisks, isCandidate, missingTags } from './board';
import { emptyHosts, poolRange, poolSize, type HostRoom } from './room';
import { UNSURE, type Shortage } from './shortage';
import { milliCpu } from './tally';

interface Why {
  reason: string;
  /** The node and what it asks, in the words of a template: `nodes.example0.mem`. */
  field: string;
}

type Rule = (capacity: Capacity, demand: Demand, hosts: HostRoom[], wanted: readonly Demand[]) => Why | undefined;

/** Why an order can never be granted here: one node that asks too much, else all of them together. */
export function whyImpossible(capacity: Capacity, wanted: readonly Demand[], { node, address }: Shortage): Why {
  for (const demand of wanted) {
    const candidates = emptyHosts(capacity).filter((host) => isCandidate(host, demand));
    const tagged = candidates.filter((host) => missingTags(host, demand).length === 0);
    for (const rule of RULES) {
      const why = rule(capacity, demand, tagged.length > 0 ? tagged : candidates, wanted);
      if (why) return why;
    }
  }
  return tooMuchTogether(capacity, wanted) ?? clash(wanted, { node, address });
}

const why = (demand: Demand, what: string, reason: string): Why => ({ field: `nodes.${demand.node}${what && `.${what}`}`, reason: `${demand.node} ${reason}` });

const most = (hosts: HostRoom[], amount: (host: HostRoom) => number) => Math.max(...hosts.map(amount));

const noSuchHost: Rule = (capacity, demand, hosts) => {
  if (hosts.length > 0) return undefined;
  const names = capacity.hosts.map((host) => host.name);
  return why(demand, demand.requiredHost === undefined ? '' : 'required_node',
    `must be on the host ${demand.requiredHost ?? '(any)'}, but this compute has ${names.slice(0, 5).join(', ') || 'no hosts'}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`);
};

const noSuchTags: Rule = (_, demand, hosts) => {
  if (hosts.some((host) => missingTags(host, demand).length === 0)) return undefined;
  const there = [...new Set(hosts.flatMap((host) => host.tags))];
  return why(demand, 'host_tags', `asks for a host tagged ${demand.hostTags!.join(', ')}, which none is${demand.requiredHost === undefined ? ' here' : ''}; ${there.length > 0 ? `tags there are: ${there.slice(0, 10).join(', ')}` : 'no host has tags'}`);
};

const tooMuchCpu: Rule = (_, demand, hosts) => {
  const best = most(hosts, (host) => host.milliCpu);
  return milliCpu(demand.cpu) > best ? why(demand, 'cpu', `asks ${demand.cpu} cpu, no host here has more than ${best / 1_000}`) : undefined;
};

const tooMuchMemory: Rule = (_, demand, hosts) => {
  const best = most(hosts, (host) => host.memMiB);
  return demand.memMiB > best ? why(demand, 'mem', `asks ${demand.memMiB} MiB of memory, no host here has more than ${best}`) : undefined;
};

const noSuchDisks: Rule = (_, demand, hosts) => {
  if (hosts.some((host) => hasDisks(host, demand))) return undefined;
  const missing = demand.disks.filter((disk) => !hosts.some((host) => host.disks.includes(disk)));
  if (!demand.customDisks) return why(demand, 'disks', `asks ${demand.disks.length} disks, no host here has more than ${most(hosts, (host) => host.disks.length)}`);
  return why(demand, 'disks', missing.length > 0 ? `asks the disk ${missing[0]}, which no host here has` : `asks the disks ${demand.disks.join(', ')}, which are not all on one host`);
};

const notAtOnce: Rule = (_, demand, hosts) =>
  hosts.some((host) => fits(host, demand)) ? undefined : why(demand, '', `asks ${demand.cpu} cpu, ${demand.memMiB} MiB and ${demand.disks.length} disks, no host here has all of that at once`);

const noSuchNetwork: Rule = (capacity, demand) => {
  for (const { device, network, address } of networksOf(capacity, demand)) {
    const pool = capacity.networks.find((p) => p.name === network);
    if (!pool) return why(demand, `networks.${device}.networkname`, `asks the network ${network}, but this compute has ${capacity.networks.map((p) => p.name).join(', ') || 'none'}`);
    const { first, last } = poolRange(pool);
    const number = address === undefined ? first : (parseIpv4(address) ?? -1);
    if (number < first || number > last) return why(demand, `networks.${device}.address`, `asks the address ${address}, which is not in ${pool.first} to ${pool.last} of the network ${network}`);
  }
  return undefined;
};

const nearNobody: Rule = (_, demand, __, wanted) => {
  const tag = demand.near?.find((t) => !wanted.some((other) => other.tags?.includes(t)));
  return tag === undefined ? undefined : why(demand, 'near', `asks to be near ${tag}, but no node has that tag`);
};

const RULES: Rule[] = [noSuchHost, noSuchTags, tooMuchCpu, tooMuchMemory, noSuchDisks, notAtOnce, noSuchNetwork, nearNobody];

/** The first node with which the sum of what all ask exceeds what there is. */
function tooMuchTogether(capacity: Capacity, wanted: readonly Demand[]): Why | undefined {
  const hosts = emptyHosts(capacity);
  const totals: { what: string; unit: string; of: (demand: Demand) => number; total: number; scale?: number }[] = [
    { what: 'cpu', unit: 'cpu', of: (d) => milliCpu(d.cpu), total: sum(hosts.map((h) => h.milliCpu)), scale: 1_000 },
    { what: 'mem', unit: 'MiB of memory', of: (d) => d.memMiB, total: sum(hosts.map((h) => h.memMiB)) },
    { what: 'disks', unit: 'disks', of: (d) => d.disks.length, total: sum(hosts.map((h) => h.disks.length)) },
    ...capacity.networks.map((pool) => ({
      what: 'networks', unit: `addresses of the network ${pool.name}`,
      of: (d: Demand) => networksOf(capacity, d).filter((wish) => wish.network === pool.name).length, total: poolSize(pool),
    })),
  ];
  for (const { what, unit, of, total, scale = 1 } of totals) {
    const needed = sum(wanted.map(of));
    if (needed <= total) continue;
    let left = total;
    const first = wanted.find((demand) => (left -= of(demand)) < 0)!;
    return why(first, what, `and the nodes before it ask more than there is: all ${wanted.length} need ${needed / scale} ${unit}, this compute has ${total / scale}`);
  }
  return undefined;
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

/** Enough of everything, but two nodes want the same, or the pieces do not go together. */
function clash(wanted: readonly Demand[], { node, address }: Shortage): Why {
  if (address && !node) {
    const demand = wanted.find((d) => d.node === address.node)!;
    return why(demand, `networks.${address.wish.device}.address`, `asks the address ${address.wish.address} of the network ${address.wish.network}, which another node of the order asks too`);
  }
  const { demand, hosts, sure } = node!;
  const rules = ['near', 'apart'].filter((rule) => hosts.some(({ objections }) => objections.some(({ kind }) => kind === rule)));
  return why(demand, rules.length === 1 ? rules[0]! : demand.customDisks ? 'disks' : '', `finds no place beside the other nodes: ${sayObjections(hosts)}${sure ? '' : UNSURE}`);
}
