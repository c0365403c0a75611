import { z } from '@hono/zod-openapi';
import { problem } from '../../model/errors';
import { computeId, NAME, NAME_RULE } from '../../model/ids';
import type { ComputeDocument, DrainCompute } from '../../model/messages';
import { raise } from '../../model/raise';
import { json, jsonBody, ourProblem } from '../http/answers';
import { readJson } from '../http/body';
import { endpoint, type Endpoint } from '../http/endpoint';
import type { Grid } from '../http/grid';
import { updateIdOf } from '../http/idempotency';
import { command } from '../temporal/command';
import { document } from '../temporal/document';
import { isDefined } from './is_defined';
import { compute, computeParams, COMPUTE_PATH } from './schemas';
import { noCompute, viewCompute } from './view_compute';

const DEFAULT_TARGET = 'host';

const schema = z.strictObject({ to: z.string().regex(NAME, NAME_RULE).optional().openapi({ description: 'compute where its services go; none: `host`' }) });
const answers = { 200: json('As it is now; `draining.waitsFor` names who has something there yet', compute), 400: ourProblem, 404: ourProblem, 409: ourProblem, 415: ourProblem, 503: ourProblem };

/** Nothing new is placed on a drained compute, what services have there moves, and clusters are named until they are destroyed. */
export const drainCompute: Endpoint[] = [
  endpoint(
    { method: 'post', role: 'admin', path: `${COMPUTE_PATH}/drain`, tag: 'computes', summary: 'Move what runs on a compute to another one', params: computeParams, body: jsonBody(schema, false), answers },
    async (c, { params: { name } }, grid) => {
      const { to = DEFAULT_TARGET } = await readJson(c, { schema, wrongType: 415, whenEmpty: {} });
      if (!(await isDefined(grid, name))) raise(noCompute(name));
      const arg: DrainCompute = { to, connector: await connectorOf(grid, to) };
      await command(grid, computeId(name), 'drain', arg, updateIdOf(c));
      return c.json(await viewCompute(c, grid, name));
    },
  ),
  endpoint(
    { method: 'post', role: 'admin', path: `${COMPUTE_PATH}/undrain`, tag: 'computes', summary: 'Place things on a compute again', params: computeParams, answers },
    async (c, { params: { name } }, grid) => {
      if (!(await isDefined(grid, name))) raise(noCompute(name));
      await command(grid, computeId(name), 'undrain', {}, updateIdOf(c));
      return c.json(await viewCompute(c, grid, name));
    },
  ),
];

/** @throws Problem 400 when nothing can go there */
async function connectorOf(grid: Grid, to: string): Promise<string> {
  const no = (message: string) => problem(400, 'no_target', `to: ${message}`, 'Name a compute that takes them: {"to": "…"}; GET /api/v1/computes lists them.', { field: 'to' });
  if (!(await isDefined(grid, to))) raise(no(`there is no compute ${to}`));
  const { connector, state } = await document<ComputeDocument>(grid, computeId(to));
  return state === 'ready' ? connector : raise(no(`compute ${to} is ${state}`));
}
