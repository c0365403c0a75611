import type { Next } from 'hono';
import type { Caller } from '../../model/access';
import type { Ctx, Whole } from './grid';
import { routeOf } from './route_of';

/** Asked again and again by programs that only look. */
const UNTRACED = /^\/(metrics|healthz|readyz)\/?$/;

/** Each request is a span, in the trace of whoever sent a `traceparent` along; of a stream until it began. */
export const traceRequests = ({ tracing }: Whole) => async (c: Ctx, next: Next): Promise<void> => {
  if (!tracing || UNTRACED.test(c.req.path)) return next();
  const about = { 'http.request.method': c.req.method, 'url.path': c.req.path, 'grid.request_id': c.get('requestId') };
  await tracing.span({ name: c.req.method, kind: 'request', of: c.req.header('traceparent'), about }, async (span) => {
    await next();
    const route = routeOf(c);
    if (route !== undefined) span.name(`${c.req.method} ${route}`);
    span.about({ 'http.route': route, 'http.response.status_code': c.res.status, 'grid.caller': (c.get('caller') as Caller | undefined)?.name, 'error.type': c.get('code') });
    if (c.res.status >= 500) span.fail(String(c.res.status));
  });
};
