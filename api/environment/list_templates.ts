import { z } from '@hono/zod-openapi';
import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { lookAtModel } from './look_at_model';
import { ENVIRONMENT, selection } from './schemas';

/** What services can be made of now. */
export const listTemplates = endpoint(
  {
    method: 'get', path: `${ENVIRONMENT}/templates`, tag: 'environment', summary: 'Templates of services', query: selection.pick({ domain: true, name: true }),
    answers: { 200: json('All that are meant', z.object({ templates: z.array(z.object({ domain: z.string(), name: z.string(), from: z.string() })) })), 400: ourProblem, 503: ourProblem },
  },
  async (c, { query: { domain, name } }, grid) => {
    const { index } = await lookAtModel(c, grid);
    return c.json({ templates: index.templates.filter((one) => (!domain || one.domain === domain) && (!name || one.name === name)) });
  },
);
