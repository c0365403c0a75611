import { z } from '@hono/zod-openapi';
import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { lifecycle, lifecycleId, LIFECYCLES } from './schemas';
import { viewLifecycle } from './view_lifecycle';

/** One lifecycle whole. */
export const getLifecycle = endpoint(
  {
    method: 'get', path: `${LIFECYCLES}/{id+}`, tag: 'lifecycles', summary: 'A lifecycle, with its steps and what may be done', params: z.object({ id: lifecycleId }),
    answers: { 200: json('The lifecycle', lifecycle), 404: ourProblem, 503: ourProblem },
  },
  async (c, { params: { id } }, grid) => c.json(await viewLifecycle(c, grid, id)),
);
