import { Counter, Histogram, type Registry } from 'prom-client';
import type { Ctx } from '../http/grid';
import { routeOf } from '../http/route_of';

/** Seconds: most answers take milliseconds, a command that waits for a busy worker some seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Notes a request that was answered; of a stream of events, how long it took to begin. */
export type RequestMeter = (c: Ctx, seconds: number) => void;

export function openRequestMeter(registry: Registry): RequestMeter {
  const requests = new Counter({ name: 'grid_http_requests_total', help: 'Requests that were answered', labelNames: ['method', 'route', 'status'], registers: [registry] });
  const durations = new Histogram({ name: 'grid_http_request_duration_seconds', help: 'Time until a request was answered, or its stream began', labelNames: ['method', 'route'], buckets: BUCKETS, registers: [registry] });
  return (c, seconds) => {
    const route = routeOf(c) ?? 'none';
    const method = METHODS.has(c.req.method) ? c.req.method : 'other';
    requests.inc({ method, route, status: c.res.status });
    durations.observe({ method, route }, seconds);
  };
}

/** Callers may write what they like there, and none of it may become a label. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
