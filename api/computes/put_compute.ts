import { z } from '@hono/zod-openapi';
import { json, jsonBody, ourProblem } from '../http/answers';
import { readJson } from '../http/body';
import { checkName } from '../http/check';
import { endpoint } from '../http/endpoint';
import { absolute } from '../http/grid';
import { defineCompute } from './define_compute';
import { compute, COMPUTE_PATH, COMPUTES } from './schemas';
import { viewCompute } from './view_compute';

const schema = z.strictObject({ connector: z.string().min(1).max(1_000).openapi({ example: 'process:?net=127.98&cpu=2' }) });

/**
 * Defines a compute, or gives one another connector while nothing of it is reserved. Nothing is kept before its driver
 * has said what is there: what is refused changes nothing.
 */
export const putCompute = endpoint(
  {
    method: 'put', role: 'admin', path: COMPUTE_PATH, tag: 'computes', summary: 'Define a compute, or change its connector', params: z.object({ name: z.string() }), body: jsonBody(schema),
    answers: {
      201: json('Defined; Location is the compute', compute), 200: json('It was there; as it is now', compute),
      400: ourProblem, 409: ourProblem, 413: ourProblem, 415: ourProblem, 503: ourProblem, 504: ourProblem,
    },
  },
  async (c, { params }, grid) => {
    const name = checkName(params.name, 'name');
    const { connector } = await readJson(c, { schema, wrongType: 415 });
    const created = await defineCompute(c, grid, name, connector);
    c.header('Location', absolute(c, `${COMPUTES}/${name}`));
    return c.json(await viewCompute(c, grid, name), created ? 201 : 200);
  },
);
