import type { Command } from 'commander';
import type { Verb } from '../../model/lifecycle';
import { planVerb, readLifecycle, sendVerb } from '../endpoints';
import { lifecycleIdOf, shortId } from '../ids';
import { print, printJson } from '../io';
import type { Goal } from '../outcome';
import { tellPlan, type PlanOptions } from '../plan';
import { jsonCommand, withPlan, type Context } from './shared';

interface VerbOptions extends PlanOptions {
  step?: string;
  reason?: string;
  wait?: boolean;
  json?: boolean;
}

/**
 * What each verb does, and what `--wait` waits for. `begins`: something changes after the grid has taken it, so that
 * the document as the verb left it says nothing yet; after the others it may already be the end.
 */
const MEANING: Record<Verb, { does: string; goal: Goal; begins?: true }> = {
  retry: { does: 'try the blocked step again', goal: 'done', begins: true },
  skip: { does: 'go on without the blocked step', goal: 'done', begins: true },
  pause: { does: 'start no further step until resume', goal: 'paused' },
  resume: { does: 'go on after pause', goal: 'done' },
  abort: { does: 'take back, in reverse order, what the operation did', goal: 'over' },
  repair: { does: 'replace what was lost and make it whole again', goal: 'done', begins: true },
  destroy: { does: 'take it down and give everything back', goal: 'destroyed' },
};

/** The verbs that steer a lifecycle, a command each; the grid says which it takes when. */
export const verbCommands = (context: Context): Command[] =>
  (Object.keys(MEANING) as Verb[]).map((verb) => {
    const command = jsonCommand(verb, MEANING[verb].does)
      .argument('<id>', 'e.g. reference/1.0.0/1, service/webserver or agent/0')
      .option('--reason <text>', 'why, for those who look later')
      .option('--wait', 'follow it to its end');
    if (verb === 'retry' || verb === 'skip') command.option('--step <name>', 'only if this step is the one that is blocked');
    if (verb === 'destroy') withPlan(command);
    return command.action((name: string, options: VerbOptions) => send(context, verb, lifecycleIdOf(name), options));
  });

async function send(context: Context, verb: Verb, id: string, { step, reason, wait, json, plan, planHash }: VerbOptions): Promise<void> {
  const { io } = context;
  const api = context.api();
  if (plan) return tellPlan(io, await planVerb(api, id, verb), { json });
  const before = wait ? (await readLifecycle(api, id)).body : undefined;
  const result = await sendVerb(api, id, verb, { ...(step ? { step } : {}), ...(reason ? { reason } : {}) }, planHash);
  if (!wait && json) return printJson(io, result);
  if (!wait) return print(io, `${shortId(id)}: ${verb} accepted`);
  const { followToEnd } = await import('../launch');
  const { goal, begins } = MEANING[verb];
  context.exit = await followToEnd(api, id, io, { goal, after: begins ? result.revision : undefined, before, json });
}
