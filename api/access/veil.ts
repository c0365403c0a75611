import type { Next } from 'hono';
import type { Caller } from '../../model/access';
import { veiled } from '../../model/veil';
import type { Ctx } from '../http/grid';

/** {@link veiled} on all that is answered as JSON or as a page. */
export async function veilOthers(c: Ctx, next: Next): Promise<void> {
  await next();
  const caller = c.get('caller') as Caller | undefined;
  if (!caller || caller.role === 'admin' || !/json|html/.test(c.res.headers.get('content-type') ?? '')) return;
  const text = await c.res.text();
  c.res = new Response(veiled(text, caller, c.req.path), c.res);
}
