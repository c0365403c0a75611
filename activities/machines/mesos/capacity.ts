import type { Capacity } from '../../../model/machine';
import { amount, DISKS, disksOf, tagsOf, UNNAMED_DISKS } from '../../../model/mesos/offered';
import type { Leader } from './client/leader';
import { getFromMaster } from './client/operator';

/**
 * The agents that are registered, with all that they have: others use it too, and what of it we have is said by offers. Nodes have
 * the address of their host, whatever their networks are called.
 */
export async function capacityOf(leader: Leader): Promise<Capacity> {
  const { agents = [] } = await getFromMaster(leader, 'GET_AGENTS', new AbortController().signal);
  const hosts = agents.filter(({ active }) => active).map(({ agent_info: { hostname, attributes = [], resources = [] }, total_resources = resources }) => {
    const tags = attributes.flatMap(tagsOf);
    const named = total_resources.some(({ name }) => name === DISKS);
    return { name: hostname, cpu: amount(total_resources, 'cpus'), memMiB: amount(total_resources, 'mem'), disks: named ? disksOf(total_resources) : UNNAMED_DISKS, ...(tags.length > 0 ? { tags } : {}) };
  });
  return { hosts, networks: [], cpuOvercommit: 1, diskRoot: '' };
}
