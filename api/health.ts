import { z } from '@hono/zod-openapi';
import { problem } from '../model/errors';
import { json, ourProblem } from './http/answers';
import { endpoint, type Endpoint } from './http/endpoint';
import { problemResponse } from './http/problem_response';

const healthz = endpoint(
  {
    method: 'get', path: '/healthz', tag: 'operating', summary: 'This process is alive',
    answers: { 200: json('Alive', z.object({ status: z.literal('ok') })) },
  },
  (c) => c.json({ status: 'ok' }),
);

const readyz = endpoint(
  {
    method: 'get', path: '/readyz', tag: 'operating', summary: 'Temporal answers and a control worker does its work',
    answers: { 200: json('Ready', z.object({ status: z.literal('ready'), temporal: z.boolean(), controlWorker: z.boolean() })), 503: ourProblem },
  },
  async (c, _input, { readiness }) => {
    const facts = await readiness.now();
    if (!facts.temporal) return problemResponse(c, temporalAway(), facts);
    return facts.controlWorker ? c.json({ status: 'ready', ...facts }) : problemResponse(c, noWorker(), facts);
  },
);

const temporalAway = () => problem(503, 'temporal_away', 'Temporal does not answer', 'See that the Temporal server runs; the API finds it again by itself.');
const noWorker = () => problem(503, 'no_worker', 'no control worker answers', 'See that the control worker runs and look at its log.');

export const health: Endpoint[] = [healthz, readyz];
