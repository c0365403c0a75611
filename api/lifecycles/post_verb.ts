import { z } from '@hono/zod-openapi';
import { problem } from '../../model/errors';
import { VERBS, type Verb } from '../../model/lifecycle';
import { raise } from '../../model/raise';
import { json, jsonBody, ourProblem } from '../http/answers';
import { readJson } from '../http/body';
import { endpoint } from '../http/endpoint';
import { updateIdOf } from '../http/idempotency';
import { command } from '../temporal/command';
import { linksOf } from './links';
import { commandResult, lifecycleId, LIFECYCLES } from './schemas';

const schema = z.strictObject({ step: z.string().max(100).optional(), reason: z.string().max(300).optional() });

/** Steers a lifecycle; accepted means that its workflow took it, and what follows is seen in its steps. */
export const postVerb = endpoint(
  {
    method: 'post', path: `${LIFECYCLES}/{id+}/{verb}`, tag: 'lifecycles', summary: VERBS.join(' · '),
    params: z.object({ id: lifecycleId, verb: z.string() }), body: jsonBody(schema, false),
    answers: { 200: json('Taken', commandResult), 400: ourProblem, 404: ourProblem, 409: ourProblem, 413: ourProblem, 415: ourProblem, 503: ourProblem },
  },
  async (c, { params: { id, verb } }, grid) => {
    if (!VERBS.includes(verb as Verb)) raise(unknownVerb(verb));
    const arg = await readJson(c, { schema, wrongType: 415, whenEmpty: {} });
    const result = await command(grid, id, verb, arg, updateIdOf(c));
    return c.json({ ...result, links: linksOf(c, grid, id) });
  },
);

const unknownVerb = (verb: string) => problem(404, 'unknown_verb', `there is no verb ${verb.slice(0, 80)}`, `Use ${VERBS.join(', ')}.`);
