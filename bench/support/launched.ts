import { WorkflowNotFoundError } from '@temporalio/client';
import type { Summary } from '../../model/lifecycle';
import { SUMMARY } from '../../model/messages';
import type { RunningGrid } from './grid';
import { request } from './request';
import { until } from './until';

const PAAS = '/bigdata/api/v1';

/**
 * A product of so many nodes that do nothing, so that what the grid does is all there is to see.
 * @param node more fields of each node, as JSON text that goes on after a comma
 */
export async function putProduct({ api }: RunningGrid, name: string, script = '', node = ''): Promise<string> {
  const path = `${PAAS}/products/${name}/1`;
  const template = `
{%- set comma = joiner(",") -%}
{ "nodes": { {% for n in range(0, opts['size']) %}{{ comma() }}"n{{ n }}": { "cpu": 0.1, "mem": 16, "command": ["sleep", "1000000"]${node} }{% endfor %} }, "services": {} }`;
  await request(api, 'POST', `${PAAS}/products`, { name, version: '1', description: 'made by a bench' });
  await request(api, 'PUT', `${path}/options`, { required: {}, optional: { size: 1 }, advanced: {}, descriptions: {} });
  await request(api, 'PUT', `${path}/template`, template);
  if (script) await request(api, 'PUT', `${path}/orquestrator`, script, { 'content-type': 'text/plain' });
  return `${name}/1`;
}

/** Orders a cluster. @returns its lifecycle id, once it has one, and that of its order */
export async function order({ api }: RunningGrid, product: string, size: number, compute = 'host'): Promise<{ cluster: string; job: string }> {
  const { body } = await request<{ url: string }>(api, 'POST', `${PAAS}/products/${product}?compute=${compute}`, { size });
  const location = await until(`a number for a cluster of ${product}`, async () => (await request(api, 'GET', body.url)).location);
  return { cluster: `cluster/${new URL(location, api).pathname.split('/clusters/')[1]}`, job: `launch/${body.url.split('/').at(-1)}` };
}

/** Waits until the lifecycle's summary says so; answers it and how long its history is. */
export async function summary({ client }: RunningGrid, id: string, what: string, good: (summary: Summary) => boolean, withinMs?: number): Promise<Summary & { events: number }> {
  let last: Summary | undefined;
  try {
    return await until(`${id}: ${what}`, async () => {
      const found = await client.workflow.getHandle(id).describe().catch(notYet);
      last = found?.memo?.[SUMMARY] as Summary | undefined;
      return last !== undefined && good(last) && { ...last, events: found!.historyLength };
    }, withinMs);
  } catch (error) {
    throw new Error(`${(error as Error).message}; last seen: ${JSON.stringify(last)}`, { cause: error });
  }
}

/** What was ordered may not have begun. */
function notYet(error: unknown): undefined {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

export const ready = (grid: RunningGrid, id: string) => summary(grid, id, 'ready', ({ state }) => state === 'ready');

export async function destroy(grid: RunningGrid, id: string): Promise<void> {
  await request(grid.api, 'POST', `/api/v1/lifecycles/${id}/destroy`, {});
  await summary(grid, id, 'destroyed', ({ state }) => state === 'destroyed');
}
