import { randomUUID } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import { problem } from '../../model/errors';
import { foretell } from '../../model/foretold';
import { blockedStep, VERBS, type Command, type Verb } from '../../model/lifecycle';
import { raise } from '../../model/raise';
import { MEANS } from '../../model/words';
import { check } from '../http/check';
import { updateIdOf } from '../http/idempotency';
import { lifecycleId } from '../lifecycles/schemas';
import { command } from '../temporal/command';
import { planDestroy } from '../temporal/plan';
import { readForm } from './form';
import { shownLifecycle } from './shown';
import { commandPath, lifecyclePath, page } from './page';
import { buttonClass, Conditions, PlanTable, Word } from './parts';

const path = '/ui/do/{verb}/{id+}';
const params = z.object({ verb: z.enum(VERBS as [Verb, ...Verb[]]), id: lifecycleId });

/** What a command would do, before somebody sends it. */
export const askCommand = page({ method: 'get', path, params, role: 'operate' }, async (c, { params: { verb, id } }, grid) => {
  const life = await shownLifecycle(c, grid, id);
  if (!life.verbs.includes(verb)) raise(notNow(verb, id, life.stale));
  const plan = verb === 'destroy' && life.kind === 'cluster' ? await planDestroy(grid, id) : undefined;
  const step = verb === 'retry' || verb === 'skip' ? blockedStep(life) : undefined;
  return {
    title: `${verb} ${id}`,
    body: (
      <>
        <h1>{verb} {id}</h1>
        <p class="up"><Word>{life.state}</Word> {verb}: {MEANS[verb]}.{step ? ` The step is ${step.name}, blocked after attempt ${step.attempt}.` : ''}</p>
        <Conditions conditions={life.conditions} />
        <PlanTable plan={plan ?? foretell(verb, life)} />
        <form method="post" action={commandPath(verb, id)} class="command">
          <input type="hidden" name="key" value={randomUUID()} />
          {step ? <input type="hidden" name="step" value={step.name} /> : null}
          {plan ? <input type="hidden" name="plan" value={plan.hash} /> : null}
          <label>Reason, for the timeline (may be left out) <input name="reason" maxlength={300} autocomplete="off" /></label>
          <p><button type="submit" class={buttonClass(verb)}>{verb}</button> <a href={lifecyclePath(id)}>Back, change nothing</a></p>
        </form>
      </>
    ),
  };
});

const form = z.strictObject({ key: z.string(), step: z.string().max(100).optional(), plan: z.string().max(4_000).optional(), reason: z.string().max(300).optional() });

/** Sends a command as its page showed it; sent twice it counts once. */
export const sendCommand = page({ method: 'post', path, params, role: 'operate' }, async (c, { params: { verb, id } }, grid) => {
  const { key, step, plan, reason } = check(form, await readForm(c), 'body');
  c.set('formKey', key);
  await command<Command>(grid, id, verb, { ...(step ? { step } : {}), ...(plan ? { planned: plan } : {}), ...(reason ? { reason } : {}) }, updateIdOf(c));
  return c.redirect(lifecyclePath(id), 303);
});

const notNow = (verb: string, id: string, stale?: boolean) =>
  problem(409, 'not_now', stale ? `no control worker answers, so ${verb} of ${id} would not be heard` : `${id} does not take ${verb} as it is now`, 'Look at it again: it shows what it takes.');
