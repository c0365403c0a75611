import { z } from '@hono/zod-openapi';
import type { RunRequest } from '../../model/environment/run';
import { runId } from '../../model/ids';
import { readJson } from '../http/body';
import { json, jsonBody, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { absolute } from '../http/grid';
import { fingerprint, jobOf } from '../http/idempotency';
import { ENVIRONMENT, runBody } from './schemas';
import { startRun } from './start_run';

/** One `ays` operation: planned and refused at once, carried out as a lifecycle of its own. */
export const postRun = endpoint(
  {
    method: 'post', role: 'admin', path: `${ENVIRONMENT}/runs`, tag: 'environment', summary: 'Run an operation on services of the environment', body: jsonBody(runBody),
    answers: { 202: json('Taken; Location is the run', z.object({ id: z.string(), url: z.string() })), 400: ourProblem, 404: ourProblem, 409: ourProblem, 422: ourProblem, 503: ourProblem },
  },
  async (c, _input, grid) => {
    const { domain, name, instance, parent, immediate, ...rest } = await readJson(c, { schema: runBody, wrongType: 415 });
    const selection = Object.fromEntries(Object.entries({ domain, name, instance, parent, immediate }).filter(([, value]) => value !== undefined && value !== ''));
    c.set('about', ['ays', rest.verb, domain, name, instance].filter(Boolean).join(' '));
    const request: RunRequest = JSON.parse(JSON.stringify({ ...rest, actor: grid.caller.owner, selection })) as RunRequest;
    const id = await startRun(grid, { id: jobOf(c, grid.caller.owner), fingerprint: fingerprint(request), request });
    const url = absolute(c, `/api/v1/lifecycles/${runId(id)}`);
    c.header('Location', url);
    return c.json({ id: runId(id), url }, 202);
  },
);
