import { z } from '@hono/zod-openapi';
import type { CommandPlan } from '../../model/command_plan';
import { planOfApply } from '../../model/environment/apply_plan';
import type { RunRequest } from '../../model/environment/run';
import { runId } from '../../model/ids';
import { readJson } from '../http/body';
import { json, jsonBody, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { absolute, type Ctx, type Grid } from '../http/grid';
import { fingerprint, jobOf } from '../http/idempotency';
import { asksForPlan, planAnswer, plannedBy, planQuery, refusePlan } from '../http/plan';
import { lookAtModel } from './look_at_model';
import { ENVIRONMENT, runBody } from './schemas';
import { startRun } from './start_run';

/** One `ays` operation: planned and refused at once, carried out as a lifecycle of its own. */
export const postRun = endpoint(
  {
    method: 'post', role: 'admin', path: `${ENVIRONMENT}/runs`, tag: 'environment', summary: 'Run an operation on services of the environment', query: z.object(planQuery), body: jsonBody(runBody),
    answers: { 200: planAnswer, 202: json('Taken; Location is the run', z.object({ id: z.string(), url: z.string() })), 400: ourProblem, 404: ourProblem, 409: ourProblem, 422: ourProblem, 503: ourProblem },
  },
  async (c, { query: { plan } }, grid) => {
    const { domain, name, instance, parent, immediate, ...rest } = await readJson(c, { schema: runBody, wrongType: 415 });
    const selection = Object.fromEntries(Object.entries({ domain, name, instance, parent, immediate }).filter(([, value]) => value !== undefined && value !== ''));
    c.set('about', ['ays', rest.verb, domain, name, instance].filter(Boolean).join(' '));
    if (rest.verb !== 'apply') refusePlan(`ays ${rest.verb}`, plan);
    if (asksForPlan(plan)) return c.json(await planApply(c, grid));
    const { planned: expect = rest.expect } = plannedBy(plan);
    const request: RunRequest = JSON.parse(JSON.stringify({ ...rest, expect, actor: grid.caller.owner, selection })) as RunRequest;
    const id = await startRun(grid, { id: jobOf(c, grid.caller.owner), fingerprint: fingerprint(request), request });
    const url = absolute(c, `/api/v1/lifecycles/${runId(id)}`);
    c.header('Location', url);
    return c.json({ id: runId(id), url }, 202);
  },
);

async function planApply(c: Ctx, grid: Grid): Promise<CommandPlan> {
  const { index, differences, made } = await lookAtModel(c, grid);
  return planOfApply(index.services.map(({ path }) => path), differences, made);
}
