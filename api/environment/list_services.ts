import { join } from 'node:path';
import { z } from '@hono/zod-openapi';
import type { EnvironmentState, ServiceEntry } from '../../model/environment/environment_state';
import { parentOf, tripleOf } from '../../model/environment/identity';
import { ENVIRONMENT_ID, instanceId } from '../../model/ids';
import type { Summary } from '../../model/lifecycle';
import { modelledQuery } from '../../process/visibility';
import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import type { Grid } from '../http/grid';
import { document } from '../temporal/document';
import { allSummaries } from '../temporal/summaries';
import { ENVIRONMENT, selection, serviceEntry } from './schemas';

const query = selection.extend({ immediate: z.enum(['true', 'false']).transform((word) => word === 'true').optional() });

/** Every service of the model with how it really is; the model is as large as one file tree, so it comes in one piece. */
export const listServices = endpoint(
  {
    method: 'get', path: `${ENVIRONMENT}/services`, tag: 'environment', summary: 'Services of the environment, by path', query,
    answers: { 200: json('All that are meant', z.object({ path: z.string(), commit: z.string(), services: z.array(serviceEntry) })), 400: ourProblem, 503: ourProblem },
  },
  async (c, { query: wanted }, grid) => {
    const { model, services } = await readServices(grid);
    return c.json({ path: join(grid.config.home, 'environment'), commit: model.index.commit, services: services.filter((one) => isMeant(one, wanted)) });
  },
);

/** The model, each of its services as it really is, and what their lifecycles say, by path. @throws Problem 503 */
export async function readServices(grid: Grid) {
  const [model, instances] = await Promise.all([document<EnvironmentState>(grid, ENVIRONMENT_ID), allSummaries(grid, modelledQuery())]);
  const byId = new Map(instances.map((one) => [one.id, one]));
  const lives = new Map(model.index.services.map(({ path }) => [path, byId.get(instanceId(path, null))]));
  return { model, lives, services: model.index.services.map((one) => view(one, lives.get(one.path))) };
}

function isMeant({ path }: ServiceEntry, { domain, name, instance, parent, immediate }: z.output<typeof query>): boolean {
  const triple = tripleOf(path);
  if ((domain && domain !== triple.domain) || (name && name !== triple.name) || (instance && instance !== triple.instance)) return false;
  if (parent !== undefined) return immediate ? parentOf(path) === parent : path.startsWith(`${parent}/`);
  return !immediate || parentOf(path) === null;
}

const view = (entry: ServiceEntry, life: Summary | undefined) => ({
  ...entry, ...tripleOf(entry.path), parent: parentOf(entry.path), state: life?.state ?? 'PLANNED', health: String(life?.detail.health ?? 'unknown'),
  agent: typeof life?.detail.agent === 'number' ? life.detail.agent : null, reason: life?.reason ?? null, conditions: life?.conditions.map(({ type }) => type) ?? [],
});
