import { z } from '@hono/zod-openapi';
import { NAME, parseClusterId } from '../../model/ids';
import { json, jsonBody, ourProblem } from '../http/answers';
import { readJson } from '../http/body';
import { endpoint } from '../http/endpoint';
import { updateIdOf } from '../http/idempotency';
import { command } from '../temporal/command';
import { linksOf } from './links';
import { commandResult, lifecycleId, LIFECYCLES } from './schemas';

const schema = z.strictObject({ status: z.string().min(1).max(100) });

/** What an orchestrator script says of a role: `running`, or a word of its own (P-43). */
export const putRole = endpoint(
  {
    method: 'put', path: `${LIFECYCLES}/{id+}/roles/{role}`, tag: 'lifecycles', summary: 'Set the status of a role of a cluster',
    params: z.object({ id: lifecycleId.refine((id) => parseClusterId(id) !== undefined), role: z.string().regex(NAME) }), body: jsonBody(schema),
    answers: { 200: json('Taken', commandResult), 400: ourProblem, 404: ourProblem, 409: ourProblem, 413: ourProblem, 415: ourProblem, 503: ourProblem },
  },
  async (c, { params: { id, role } }, grid) => {
    const { status } = await readJson(c, { schema, wrongType: 415 });
    const result = await command(grid, id, 'set_role', { role, status }, updateIdOf(c));
    return c.json({ ...result, links: linksOf(c, grid, id) });
  },
);
