import type { Next } from 'hono';
import type { Caller } from '../../model/access';
import { lifecycleInPath } from '../../model/lifecycle_in_path';
import { addressOf } from '../access/authenticate';
import type { Ctx, Whole } from './grid';

/** Notes each request, and logs one line of it. Neither query, nor headers, nor bodies: they may carry secrets. */
export const accessLog =
  ({ log, metering, tracing }: Whole) =>
  async (c: Ctx, next: Next): Promise<void> => {
    const startedAt = performance.now();
    await next();
    const tookMs = performance.now() - startedAt;
    metering.note(c, tookMs / 1_000);
    const ms = Math.round(tookMs * 10) / 10;
    const lifecycle = lifecycleInPath(c.req.path);
    const traceId = tracing?.here()?.split('-')[1];
    log.info({ requestId: c.get('requestId'), ...(traceId ? { traceId } : {}), ...(lifecycle ? { lifecycle } : {}), method: c.req.method, path: c.req.path, status: c.res.status, ms, caller: (c.get('caller') as Caller | undefined)?.name, from: addressOf(c) }, 'request');
  };
