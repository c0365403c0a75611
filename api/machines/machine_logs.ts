import { z } from '@hono/zod-openapi';
import { stream } from 'hono/streaming';
import type { LogChunk, LogRequest } from '../../model/machine';
import { ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import type { Grid } from '../http/grid';
import { callMachines } from '../temporal/machine_call';
import { machineParams, MACHINES } from './schemas';

const READ_MS = 5_000;
/** How long one call waits for something new. */
const WAIT_MS = 10_000;
const MAX_LINES = 10_000;

const query = z.strictObject({
  tail: z.string().regex(/^\d{1,5}$/, `a number up to ${MAX_LINES}`).transform(Number).refine((n) => n <= MAX_LINES, `a number up to ${MAX_LINES}`)
    .default(100).openapi({ type: 'integer', maximum: MAX_LINES, default: 100 }),
  follow: z.enum(['true', 'false', '1', '0', '']).default('false').transform((word) => ['true', '1', ''].includes(word)),
});

/** What a machine printed; with `follow`, as it prints, until the caller goes or the machine is dead. */
export const machineLogs = endpoint(
  {
    method: 'get', path: `${MACHINES}/{id}/logs`, tag: 'machines', summary: 'What a machine printed', params: machineParams, query,
    answers: { 200: { description: 'Text', content: { 'text/plain': { schema: z.string() } } }, 400: ourProblem, 404: ourProblem, 503: ourProblem },
  },
  async (c, { params: { id }, query: { tail, follow } }, grid) => {
    const gone = new AbortController();
    const signal = AbortSignal.any([gone.signal, c.req.raw.signal, grid.stopping]);
    const read = (request: LogRequest) => readLog(grid, id, request, signal);
    const first = await read({ tailLines: tail });
    c.header('Content-Type', 'text/plain; charset=utf-8');
    // Nobody reads what follows a HEAD, so nobody would ever go away from it.
    if (!follow || c.req.method === 'HEAD') return c.body(first.text);
    return stream(c, async (out) => {
      out.onAbort(() => gone.abort());
      await out.write(first.text);
      for (let last = first; !last.end && !signal.aborted; ) {
        last = await read({ offset: last.nextOffset, waitMs: WAIT_MS });
        await out.write(last.text);
      }
    }, async (error) => {
      if (!signal.aborted) grid.log.warn({ err: error, requestId: c.get('requestId'), machine: id }, 'log stream ended early');
    });
  },
);

async function readLog(grid: Grid, machine: string, request: LogRequest, signal: AbortSignal): Promise<LogChunk> {
  const { chunk } = await callMachines(grid, { op: 'logs', machine, request }, READ_MS + (request.waitMs ?? 0), signal);
  return chunk;
}
