import { ownNumbers } from './places';
import type { Plan, PlannedInstance, Wish } from './wish';

/**
 * The plan that fits these wishes, from the one there is (SG-22): what stays keeps its number and its agent, a new
 * instance has the lowest free number of its service and an agent of its own, and what is too much on a compute goes
 * from the highest number there down. Planning again changes nothing.
 * @param wishes in the order in which they were installed
 */
export function planDeployment(wishes: readonly Wish[], { services, nextAgent }: Plan): Plan {
  const had = new Map(services.map((s) => [s.service, s.instances]));
  let next = nextAgent;
  const planned = wishes.map((wish) => {
    const before = [...(had.get(wish.service) ?? [])].sort(byNumber);
    const wanted = Object.entries(ownNumbers(wish));
    const kept = wanted.flatMap(([compute, number]) => before.filter((i) => (i.compute ?? wish.compute) === compute).slice(0, number));
    // What goes may still be there while what takes its place starts.
    const numbers = newNumbers(before);
    const added = wanted.flatMap(([compute, number]) => {
      const lacking = number - kept.filter((i) => (i.compute ?? wish.compute) === compute).length;
      return Array.from({ length: Math.max(0, lacking) }, () => ({ instance: numbers.next().value, agent: next++, ...(compute === wish.compute ? {} : { compute }) }));
    });
    return { service: wish.service, instances: [...kept, ...added].sort(byNumber) };
  });
  return { services: planned, nextAgent: next };
}

const byNumber = (a: PlannedInstance, b: PlannedInstance) => a.instance - b.instance;

function* newNumbers(kept: readonly PlannedInstance[]): Generator<number, never> {
  const taken = new Set(kept.map((i) => i.instance));
  for (let n = 0; ; n += 1) if (!taken.has(n)) yield n;
}

export const instancesOf = (plan: Plan, service: string): PlannedInstance[] => plan.services.find((s) => s.service === service)?.instances ?? [];

export const samePlace = (one: readonly PlannedInstance[], other: readonly PlannedInstance[]): boolean =>
  one.length === other.length && one.every((a, i) => a.instance === other[i]!.instance && a.agent === other[i]!.agent);
