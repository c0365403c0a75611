import { z } from '@hono/zod-openapi';
import { problem } from '../../model/errors';
import { kindOf } from '../../model/ids';
import { VERBS, type Command, type Verb } from '../../model/lifecycle';
import { raise } from '../../model/raise';
import { json, jsonBody, ourProblem } from '../http/answers';
import { readJson } from '../http/body';
import { endpoint } from '../http/endpoint';
import { updateIdOf } from '../http/idempotency';
import { asksForPlan, plannedBy, planQuery, refusePlan } from '../http/plan';
import { command } from '../temporal/command';
import { planDestroy } from '../temporal/plan';
import { linksOf } from './links';
import { commandResult, lifecycleId, LIFECYCLES } from './schemas';

const schema = z.strictObject({ step: z.string().max(100).optional(), reason: z.string().max(300).optional() });

/** Steers a lifecycle; accepted means that its workflow took it, and what follows is seen in its steps. */
export const postVerb = endpoint(
  {
    method: 'post', path: `${LIFECYCLES}/{id+}/{verb}`, tag: 'lifecycles', summary: VERBS.join(' · '),
    params: z.object({ id: lifecycleId, verb: z.string() }), query: z.object(planQuery), body: jsonBody(schema, false),
    answers: { 200: json('Taken; with ?plan=true, a CommandPlan: what it would do (destroy of a cluster)', commandResult), 400: ourProblem, 404: ourProblem, 409: ourProblem, 413: ourProblem, 415: ourProblem, 503: ourProblem },
  },
  async (c, { params: { id, verb }, query: { plan } }, grid) => {
    if (!VERBS.includes(verb as Verb)) raise(unknownVerb(verb));
    const arg = await readJson(c, { schema, wrongType: 415, whenEmpty: {} });
    if (verb !== 'destroy' || kindOf(id) !== 'cluster') refusePlan(`${verb} of ${id}`, plan);
    if (asksForPlan(plan)) return c.json(await planDestroy(grid, id));
    const result = await command<Command>(grid, id, verb, { ...arg, ...plannedBy(plan) }, updateIdOf(c));
    return c.json({ ...result, links: linksOf(c, grid, id) });
  },
);

const unknownVerb = (verb: string) => problem(404, 'unknown_verb', `there is no verb ${verb.slice(0, 80)}`, `Use ${VERBS.join(', ')}.`);
