import { z } from '@hono/zod-openapi';
import { LIFECYCLE_KINDS, NAME, NAME_RULE } from '../../model/ids';
import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { stalenessOf } from '../http/grid';
import { next, paging } from '../http/paging';
import { livingFirst } from '../temporal/living_first';
import { linksOf } from './links';
import { LIFECYCLES, summary } from './schemas';

/** Which lifecycles. */
export const listQuery = z.strictObject({
  kind: z.enum(LIFECYCLE_KINDS).optional(),
  state: z.string().max(100).optional(),
  blocked: z.enum(['true', 'false']).transform((word) => word === 'true').optional(),
  owner: z.string().regex(NAME, NAME_RULE).optional(),
  ...paging,
});

/** One page of lifecycles: those that live, newest first, then those that have ended; without a kind, all but the calls on machines. */
export const listLifecycles = endpoint(
  {
    method: 'get', path: LIFECYCLES, tag: 'lifecycles', summary: 'Lifecycles: those that live, newest first, then those that have ended', query: listQuery,
    answers: { 200: json('A page', z.object({ lifecycles: z.array(summary), next, stale: z.literal(true).optional() })), 400: ourProblem, 503: ourProblem },
  },
  async (c, { query: { limit, cursor, ...filter } }, grid) => {
    const [page, staleness] = await Promise.all([livingFirst(grid, grid.board.livingNow, filter, limit, cursor), stalenessOf(grid)]);
    const lifecycles = page.items.map((item) => ({ ...item, links: linksOf(c, grid, item.id) }));
    return c.json({ lifecycles, next: page.next, ...staleness });
  },
);
