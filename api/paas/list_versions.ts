import { z } from '@hono/zod-openapi';
import { openLifecyclesQuery } from '../../process/visibility';
import { json, seedProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { allSummaries } from '../temporal/summaries';
import { BASE, productParams } from './paths';
import { isRegistered } from './product';

/** P-3: versions of one product; an unknown product has none. */
export const listVersions = endpoint(
  {
    method: 'get', path: `${BASE}/products/{product}`, tag: 'products', summary: 'Versions of a product',
    params: productParams.pick({ product: true }),
    answers: { 200: json('Versions', z.object({ versions: z.array(z.string()) })), 503: seedProblem },
  },
  async (c, { params }, grid) => {
    const found = (await allSummaries(grid, openLifecyclesQuery(`product/${params.product}/`))).filter(isRegistered);
    const versions = found.map(({ detail }) => String(detail.version));
    return c.json({ versions: versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })) });
  },
);
