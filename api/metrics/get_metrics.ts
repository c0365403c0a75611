import { z } from '@hono/zod-openapi';
import { endpoint } from '../http/endpoint';
import type { Grid } from '../http/grid';
import { readProcesses } from '../members/read_members';
import type { GridFacts } from './grid_gauges';
import { readQueue } from './queue_facts';

/** For Prometheus. It counts what everybody has, and names nobody: whoever may look may see it. */
export const getMetrics = endpoint(
  {
    method: 'get', path: '/metrics', tag: 'operating', summary: 'What Prometheus scrapes: requests, lifecycles, blocked steps, computes, processes, what waits for workers',
    answers: { 200: { description: 'Metrics, as far as Temporal answers', content: { 'text/plain': { schema: z.string() } } } },
  },
  async (c, _input, grid) => {
    const { metrics, show } = grid.metering;
    show(await readFacts(grid));
    return c.body(await metrics.text(), 200, { 'Content-Type': metrics.contentType });
  },
);

async function readFacts(grid: Grid): Promise<GridFacts> {
  const readiness = await grid.readiness.now();
  const streams = grid.streams.count();
  if (!readiness.temporal) return { readiness, streams };
  // It may go away in between: then as much is known as without it.
  const known = await Promise.all([grid.metering.census(), readProcesses(grid), readQueue(grid)]).then(
    ([lifecycles, members, queue]) => ({ lifecycles, members, queue }),
    (error: unknown) => void grid.log.warn({ err: error }, 'not all metrics can be read'),
  );
  return { readiness, streams, ...(known ? { known } : {}) };
}
