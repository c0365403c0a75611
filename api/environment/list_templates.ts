import { z } from '@hono/zod-openapi';
import type { LookedAt } from '../../model/environment/environment_state';
import { ENVIRONMENT_ID } from '../../model/ids';
import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { updateIdOf } from '../http/idempotency';
import { sendUpdate } from '../temporal/update';
import { ENVIRONMENT, selection } from './schemas';

const LOOK_MS = 10_000;

/** What services can be made of now. */
export const listTemplates = endpoint(
  {
    method: 'get', path: `${ENVIRONMENT}/templates`, tag: 'environment', summary: 'Templates of services', query: selection.pick({ domain: true, name: true }),
    answers: { 200: json('All that are meant', z.object({ templates: z.array(z.object({ domain: z.string(), name: z.string(), from: z.string() })) })), 400: ourProblem, 503: ourProblem },
  },
  async (c, { query: { domain, name } }, grid) => {
    const { index } = await sendUpdate<LookedAt, undefined>(grid, { id: ENVIRONMENT_ID, name: 'look', arg: undefined, updateId: updateIdOf(c), withinMs: LOOK_MS });
    return c.json({ templates: index.templates.filter((one) => (!domain || one.domain === domain) && (!name || one.name === name)) });
  },
);
