import { z } from '@hono/zod-openapi';
import type { AuditEntry } from '../../model/audit';
import { NAME, NAME_RULE } from '../../model/ids';
import { raise } from '../../model/raise';
import { readAudit, type AuditPlace } from '../../process/read_audit';
import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import type { Grid } from '../http/grid';
import { next, paging } from '../http/paging';
import { cursorFrom, invalidCursor, pageTokenOf } from '../temporal/cursor';

const entry = z
  .object({
    at: z.string(), who: z.string().openapi({ description: 'name of the token' }), role: z.string(), owner: z.string(), method: z.string(), path: z.string(), about: z.string().optional(),
    status: z.number().int(), code: z.string().optional(), from: z.string(), requestId: z.string(),
  })
  .openapi('AuditEntry');

const name = z.string().regex(NAME, NAME_RULE).optional();

/** Every change that was asked for, newest first; who is no admin sees those of his owner. */
export const listAudit = endpoint(
  {
    method: 'get', path: '/api/v1/audit', tag: 'operating', summary: 'Changes that were asked for, newest first', query: z.strictObject({ who: name, owner: name, ...paging }),
    answers: { 200: json('A page; it may have fewer than the limit, or none, and go on', z.object({ audit: z.array(entry), next })), 400: ourProblem, 503: ourProblem },
  },
  async (c, { query: wanted }, grid) => c.json(await pageOfAudit(grid, wanted)),
);

interface Wanted {
  who?: string;
  owner?: string;
  limit: number;
  cursor?: string;
}

/** One page of the audit, as far as the caller may see it. @throws Problem 400 `invalid_cursor` */
export async function pageOfAudit(grid: Grid, { who, owner, limit, cursor }: Wanted): Promise<{ audit: AuditEntry[]; next: string | null }> {
  const { caller } = grid;
  const list = `audit ${caller.role === 'admin' ? '' : caller.owner} ${who ?? ''} ${owner ?? ''}`;
  const from = cursor === undefined ? undefined : placeIn(pageTokenOf(list, cursor));
  const page = await readAudit(grid, (one) => (caller.role === 'admin' || one.owner === caller.owner) && (!who || one.who === who) && (!owner || one.owner === owner), limit, from);
  return { audit: page.entries, next: page.next ? cursorFrom(list, Buffer.from(JSON.stringify(page.next))) : null };
}

const place = z.strictObject({ run: z.uuid(), token: z.string().optional(), had: z.number().int().optional() });

function placeIn(token: Uint8Array): AuditPlace {
  try {
    return place.parse(JSON.parse(Buffer.from(token).toString()));
  } catch {
    return raise(invalidCursor());
  }
}
