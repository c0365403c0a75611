import { z } from '@hono/zod-openapi';
import { maySee } from '../../model/access';
import { quotaId } from '../../model/ids';
import { QUOTA } from '../../model/messages';
import type { QuotaSummary } from '../../model/quota';
import { valueOf } from '../../process/payload';
import { quotasQuery } from '../../process/visibility';
import { within } from '../../process/within';
import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import type { Grid } from '../http/grid';
import { next, paging } from '../http/paging';
import { cursorFrom, pageTokenOf } from '../temporal/cursor';
import { quotaSummary, QUOTAS } from './schemas';

const LIST_MS = 5_000;
const LIST = 'quotas';

/** Those that the caller may see, as they were when their owner last ordered something. */
export const listQuotas = endpoint(
  {
    method: 'get', path: QUOTAS, tag: 'operating', summary: 'Quotas, and what was used of them at the last order', query: z.strictObject(paging),
    answers: { 200: json('A page; it may have fewer than the limit, or none, and go on', z.object({ quotas: z.array(quotaSummary), next })), 400: ourProblem, 503: ourProblem },
  },
  async (c, { query: { limit, cursor } }, grid) => {
    const found = await within(grid, LIST_MS, () => grid.client.workflowService.listWorkflowExecutions({
      namespace: grid.namespace, query: quotasQuery(), pageSize: limit, nextPageToken: cursor === undefined ? undefined : pageTokenOf(LIST, cursor),
    }));
    const quotas = (await Promise.all(found.executions.map(({ memo }) => valueOf<QuotaSummary>(grid.client, memo?.fields?.[QUOTA])))).filter((one) => one !== undefined);
    return c.json({ quotas: quotas.filter((one) => isSeen(grid, one)), next: found.nextPageToken.length > 0 ? cursorFrom(LIST, found.nextPageToken) : null });
  },
);

const isSeen = ({ caller }: Grid, { owner }: QuotaSummary): boolean => maySee(caller, { id: quotaId(owner), owner });
