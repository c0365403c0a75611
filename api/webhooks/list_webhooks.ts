import { z } from '@hono/zod-openapi';
import { openLifecyclesQuery } from '../../process/visibility';
import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { stalenessOf } from '../http/grid';
import { next, paging } from '../http/paging';
import { linksOf } from '../lifecycles/links';
import { pageOfSummaries } from '../temporal/summaries';
import { webhookEntry, WEBHOOKS } from './schemas';
import { kindsIn } from './view_webhook';

/** Those that the caller may see, from their summaries. */
export const listWebhooks = endpoint(
  {
    method: 'get', path: WEBHOOKS, tag: 'webhooks', summary: 'Webhooks, newest first', query: z.strictObject(paging),
    answers: { 200: json('A page', z.object({ webhooks: z.array(webhookEntry), next, stale: z.literal(true).optional() })), 400: ourProblem, 503: ourProblem },
  },
  async (c, { query: { limit, cursor } }, grid) => {
    const [page, staleness] = await Promise.all([pageOfSummaries(grid, openLifecyclesQuery('webhook/'), limit, cursor), stalenessOf(grid)]);
    const webhooks = page.items.map(({ detail, ...life }) => ({ ...life, ...detail, kinds: kindsIn(detail), links: linksOf(c, grid, life.id) }));
    return c.json({ webhooks, next: page.next, ...staleness });
  },
);
