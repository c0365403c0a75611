import { z } from '@hono/zod-openapi';
import { openLifecyclesQuery } from '../../process/visibility';
import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { stalenessOf } from '../http/grid';
import { next, paging } from '../http/paging';
import { linksOf } from '../lifecycles/links';
import { pageOfSummaries } from '../temporal/summaries';
import { compute, COMPUTES } from './schemas';

/** The places that can run machines, with what is used of them, from their summaries. */
export const listComputes = endpoint(
  {
    method: 'get', path: COMPUTES, tag: 'computes', summary: 'Computes, newest first', query: z.strictObject(paging),
    answers: { 200: json('A page', z.object({ computes: z.array(compute), next, stale: z.literal(true).optional() })), 400: ourProblem, 503: ourProblem },
  },
  async (c, { query: { limit, cursor } }, grid) => {
    const [page, staleness] = await Promise.all([pageOfSummaries(grid, openLifecyclesQuery('compute/'), limit, cursor), stalenessOf(grid)]);
    const computes = page.items.map(({ detail, ...life }) => ({ ...life, ...detail, links: linksOf(c, grid, life.id) }));
    return c.json({ computes, next: page.next, ...staleness });
  },
);
