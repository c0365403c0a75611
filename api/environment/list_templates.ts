import { z } from '@hono/zod-openapi';
import type { EnvironmentState } from '../../model/environment/environment_state';
import { ENVIRONMENT_ID } from '../../model/ids';
import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { document } from '../temporal/document';
import { ENVIRONMENT, selection } from './schemas';

/** What services can be made of, as it was when the model was last looked at. */
export const listTemplates = endpoint(
  {
    method: 'get', path: `${ENVIRONMENT}/templates`, tag: 'environment', summary: 'Templates of services', query: selection.pick({ domain: true, name: true }),
    answers: { 200: json('All that are meant', z.object({ templates: z.array(z.object({ domain: z.string(), name: z.string(), from: z.string() })) })), 503: ourProblem },
  },
  async (c, { query: { domain, name } }, grid) => {
    const { index } = await document<EnvironmentState>(grid, ENVIRONMENT_ID);
    return c.json({ templates: index.templates.filter((one) => (!domain || one.domain === domain) && (!name || one.name === name)) });
  },
);
