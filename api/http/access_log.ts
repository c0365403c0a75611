import type { Next } from 'hono';
import type { Caller } from '../../model/access';
import type { Ctx, Whole } from './grid';

/** One line a request. Neither query, nor headers, nor bodies: they may carry secrets. */
export const accessLog =
  ({ log }: Whole) =>
  async (c: Ctx, next: Next): Promise<void> => {
    const startedAt = performance.now();
    await next();
    const ms = Math.round((performance.now() - startedAt) * 10) / 10;
    log.info({ requestId: c.get('requestId'), method: c.req.method, path: c.req.path, status: c.res.status, ms, caller: (c.get('caller') as Caller | undefined)?.name }, 'request');
  };
