import { z } from '@hono/zod-openapi';
import { openLifecyclesQuery } from '../../process/visibility';
import { json, seedProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { allSummaries } from '../temporal/summaries';
import { BASE } from './paths';
import { isRegistered } from './product';

/** P-2: the names of all products, each once. */
export const listProducts = endpoint(
  {
    method: 'get', path: `${BASE}/products`, tag: 'products', summary: 'Names of all products',
    answers: { 200: json('Names', z.object({ products: z.array(z.string()) })), 503: seedProblem },
  },
  async (c, _input, grid) => {
    const found = (await allSummaries(grid, openLifecyclesQuery('product/'))).filter(isRegistered);
    const products = [...new Set(found.map(({ detail }) => String(detail.name)))].sort();
    return c.json({ products });
  },
);
