import { usesOf, type AgentLoad, type Use } from '../model/top';
import type { Api } from './api';
import { readAll, readCompute, readMonitored } from './endpoints';
import type { ComputeView, Summary } from './wire';

export interface Uses {
  uses: Use[];
  /** How full each compute is. */
  computes: ComputeView[];
}

/** So many calls are under way at once, and what of so many machines is measured. */
const AT_ONCE = 8;
const MOST_MEASURED = 200;

export async function readUses(api: Api): Promise<Uses> {
  const [computes, agents] = await Promise.all([readAll<ComputeView>(api, 'computes'), readAll<Summary>(api, 'lifecycles', { kind: 'agent' })]);
  const documents = await inLanes(computes.filter(({ owners }) => owners), async ({ name }) => ({ name, reservations: (await readCompute(api, name)).reservations ?? [] }));
  const held = new Set(documents.flatMap(({ reservations }) => reservations.map(({ owner }) => owner)));
  const having = agents.filter(({ id }) => held.has(id));
  const loads = new Map(await inLanes(having, async (agent, n): Promise<[string, AgentLoad]> => [agent.id, await loadOf(api, instancesOf(agent), n < MOST_MEASURED)]));
  return { uses: usesOf(documents, loads), computes };
}

/** `webserver/0 redis/1`, as an agent's summary has them; those of the environment have a path and no number. */
const instancesOf = ({ detail }: Summary): string[] => String(detail['instances'] ?? '').split(' ').filter(Boolean);

async function loadOf(api: Api, instances: readonly string[], measured: boolean): Promise<AgentLoad> {
  const services = [...new Set(instances.map((one) => one.slice(0, one.lastIndexOf('/'))))];
  const values = measured ? await Promise.all(instances.map((one) => valuesOf(api, one))) : [];
  const sum = (key: 'cpu' | 'mem_mib', scale: number) => values.reduce<number | null>((total, one) => (typeof one[key] === 'number' ? (total ?? 0) + one[key] / scale : total), null);
  return { services, usedCpu: sum('cpu', 100), usedMemMiB: sum('mem_mib', 1) };
}

/** Nothing of one that is not there any more, or does not say. */
async function valuesOf(api: Api, instance: string): Promise<Record<string, unknown>> {
  const [, service, number] = /^([^/]+)\/(\d+)$/.exec(instance) ?? [];
  return service === undefined ? {} : readMonitored(api, service, Number(number)).catch(() => ({}));
}

async function inLanes<T, R>(items: readonly T[], work: (item: T, n: number) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < items.length; n = next++) results[n] = await work(items[n]!, n);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, lane));
  return results;
}
