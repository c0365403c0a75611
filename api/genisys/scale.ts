import { z } from '@hono/zod-openapi';
import { isCounted } from '../../model/counted';
import { problem } from '../../model/errors';
import { PLANNER_ID, serviceId } from '../../model/ids';
import type { Held } from '../../model/messages';
import { raise } from '../../model/raise';
import { isServiceName } from '../../model/services/seed_ids';
import type { ScaledOnCompute, ScaleOnCompute } from '../../model/services/messages';
import type { ServiceDocument } from '../../model/services/service_state';
import { PLANNER_PATH, servicePath, taskOf } from '../../model/services/task';
import { jsonBody, nothing, seedProblem } from '../http/answers';
import { endpoint, type Endpoint } from '../http/endpoint';
import type { Ctx, Grid } from '../http/grid';
import { updateIdOf } from '../http/idempotency';
import { askDocument } from '../temporal/document';
import { sendUpdate } from '../temporal/update';
import { fieldsOf, textOf } from './body';
import { findCompute, type DefinedCompute } from './compute';
import { definedComputes } from './computes';

const PLANNED_MS = 10_000;
const TOLD_MS = 15_000;
const LOOK_MS = 50;
const FROM = '/service/';

const answers = { 200: nothing('Done'), 400: seedProblem, 404: seedProblem, 409: seedProblem, 413: seedProblem, 501: seedProblem, 502: seedProblem, 503: seedProblem };
const params = z.object({ service: z.string().refine(isServiceName) });

/** One more or one fewer of a service on a compute (G-8). */
const step = (verb: 'upscale' | 'downscale', by: 1 | -1): Endpoint => endpoint(
  { method: 'post', role: 'admin', path: `/service/{service}/${verb}`, tag: 'genisys', summary: `One ${by > 0 ? 'more' : 'fewer'} of a service on a compute`, params, body: jsonBody(z.object({ compute: z.string() })), answers },
  async (c, { params: { service } }, grid) => {
    const fields = await fieldsOf(c, ['compute']);
    await scale(c, grid, service, await findCompute(grid, textOf(fields, 'compute')), { by });
    return c.body(null, 200);
  },
);

/** So many of a service on a compute; without one, on the one that was defined first (G-11). */
const scaleTo = endpoint(
  { method: 'post', role: 'admin', path: '/service/{service}/scale', tag: 'genisys', summary: 'So many of a service on a compute', params, body: jsonBody(z.object({ number: z.number().int().min(0), compute: z.string().optional() })), answers },
  async (c, { params: { service } }, grid) => {
    const fields = await fieldsOf(c, ['number']);
    const compute = fields['compute'] === undefined ? await firstCompute(grid) : await findCompute(grid, textOf(fields, 'compute'));
    await scale(c, grid, service, compute, { to: numberOf(fields['number']) });
    return c.body(null, 200);
  },
);

export const scaling: Endpoint[] = [step('upscale', 1), step('downscale', -1), scaleTo];

/** Through the planner like every other wish; answered when the connector of others did what is wanted, or said why not. */
async function scale(c: Ctx, grid: Grid, service: string, { name, connector }: DefinedCompute, wish: { by: number } | { to: number }): Promise<void> {
  const updateId = updateIdOf(c);
  const task = taskOf('scale_on_compute_task', FROM, PLANNER_PATH, PLANNER_PATH, new Date().toISOString(), { service_id: servicePath(service), compute: name, ...wish, request_id: updateId });
  const arg: ScaleOnCompute = { task, counted: isCounted(connector) };
  const { sequence } = await sendUpdate<ScaledOnCompute, ScaleOnCompute>(grid, { id: PLANNER_ID, name: 'scale_on_compute', arg, updateId, withinMs: PLANNED_MS });
  if (!isCounted(connector)) return;
  const held = await untilTold(grid, service, name, sequence);
  if (held === 'gone' || held?.applied) return;
  const why = held?.reason || `compute ${name}: its connector did not answer within ${TOLD_MS / 1000} s`;
  raise(problem(502, 'connector_failed', `An error occured with service scaling. ${why}`,
    `It stays wanted, ${held ? `${held.wanted} of ${service} on ${name}` : service}, and is tried again every poll interval; GET ${servicePath(service)} says how it goes. Do not send this again.`, { error: 'An error occured with service scaling.', field: 'compute' }));
}

/** What the compute says of this plan of the service, as soon as it says that it is done or why it is not. */
async function untilTold(grid: Grid, service: string, compute: string, sequence: number): Promise<Held | 'gone' | undefined> {
  for (const until = Date.now() + TOLD_MS; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, LOOK_MS))) {
    const asked = await askDocument<ServiceDocument>(grid, serviceId(service)).catch(() => undefined);
    const held = asked?.answered ? asked.document.held?.[compute] : undefined;
    // One that is gone from there holds nothing any more, which is what was wanted.
    if (asked?.answered && !held && asked.document.sequence >= sequence && asked.document.state === 'SERVICE_INSTALLED') return 'gone';
    if (held && held.sequence >= sequence && (held.applied || held.reason !== '')) return held;
  }
  return undefined;
}

const firstCompute = async (grid: Grid): Promise<DefinedCompute> => (await definedComputes(grid))[0]!;

function numberOf(value: unknown): number {
  const number = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= 100_000) return number;
  raise(problem(400, 'invalid_number', 'Invalid value for number parameter.', 'Send a whole number from 0 on.', { error: 'Invalid value for number parameter.', field: 'number' }));
}
