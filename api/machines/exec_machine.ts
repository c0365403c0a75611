import { z } from '@hono/zod-openapi';
import { json, jsonBody, ourProblem } from '../http/answers';
import { readJson } from '../http/body';
import { endpoint } from '../http/endpoint';
import { callMachines } from '../temporal/machine_call';
import { machineParams, MACHINES } from './schemas';

const DEFAULT_MS = 30_000;
const MAX_MS = 600_000;

const argument = z.string().max(65_536).refine((text) => !text.includes('\0'), 'must not hold a NUL');

const schema = z.strictObject({
  argv: z.array(argument).min(1).max(1_000).refine((argv) => argv[0] !== '', 'the first argument names the program'),
  stdin: z.string().optional(),
  timeoutMs: z.number().int().min(1).max(MAX_MS).default(DEFAULT_MS),
});

const result = z.object({
  exit: z.number().int().nullable(), signal: z.string().nullable(), stdout: z.string(), stderr: z.string(), truncated: z.boolean(), timedOut: z.boolean(),
});

/** Runs a command on a machine, never through a shell. The caller going away ends it. */
export const execMachine = endpoint(
  {
    method: 'post', path: `${MACHINES}/{id}/exec`, tag: 'machines', summary: 'Run a command on a machine', params: machineParams, body: jsonBody(schema),
    answers: { 200: json('It ended', result), 400: ourProblem, 404: ourProblem, 409: ourProblem, 413: ourProblem, 415: ourProblem, 503: ourProblem },
  },
  async (c, { params: { id } }, grid) => {
    const request = await readJson(c, { schema, wrongType: 415 });
    c.set('about', request.argv[0]!.slice(0, 100));
    const done = await callMachines(grid, { op: 'exec', machine: id, request }, request.timeoutMs, c.req.raw.signal);
    return c.json(done.result);
  },
);
