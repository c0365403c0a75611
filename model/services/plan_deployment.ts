import type { Plan, PlannedInstance, Wish } from './wish';

/**
 * The plan that fits these wishes, from the one there is (SG-22): what stays keeps its number and its agent, a new
 * instance has the lowest free number of its service and an agent of its own, and what is too much goes from the
 * highest number down. Planning again changes nothing.
 * @param wishes in the order in which they were installed
 */
export function planDeployment(wishes: readonly Wish[], { services, nextAgent }: Plan): Plan {
  const had = new Map(services.map((s) => [s.service, s.instances]));
  let next = nextAgent;
  const planned = wishes.map(({ service, planned: wanted }) => {
    const kept = [...(had.get(service) ?? [])].sort((a, b) => a.instance - b.instance).slice(0, wanted);
    const instances = [...kept, ...newNumbers(kept, wanted - kept.length).map((instance) => ({ instance, agent: next++ }))];
    return { service, instances: instances.sort((a, b) => a.instance - b.instance) };
  });
  return { services: planned, nextAgent: next };
}

function newNumbers(kept: readonly PlannedInstance[], wanted: number): number[] {
  const taken = new Set(kept.map((i) => i.instance));
  const numbers: number[] = [];
  for (let n = 0; numbers.length < wanted; n += 1) if (!taken.has(n)) numbers.push(n);
  return numbers;
}

export const instancesOf = (plan: Plan, service: string): PlannedInstance[] => plan.services.find((s) => s.service === service)?.instances ?? [];

export const samePlace = (one: readonly PlannedInstance[], other: readonly PlannedInstance[]): boolean =>
  one.length === other.length && one.every((a, i) => a.instance === other[i]!.instance && a.agent === other[i]!.agent);
