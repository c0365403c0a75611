import { z } from '@hono/zod-openapi';
import { EFFECTS, noPlan, PLAN_HASH } from '../../model/command_plan';
import { raise } from '../../model/raise';
import { json } from './answers';

const effect = z.object({
  kind: z.enum(['node', 'instance', 'connector']), id: z.string().openapi({ example: 'example2' }), effect: z.enum(EFFECTS),
  machine: z.string().nullable().openapi({ description: 'where it runs; null where that has no number yet, or is not of this grid' }), machineEffect: z.enum(EFFECTS), reason: z.string(),
});

const commandPlan = z.object({
  verb: z.string().openapi({ example: 'scale' }), of: z.string().openapi({ example: 'cluster/test/reference/1.0.0/1' }), effects: z.array(effect),
  also: z.array(z.string()).openapi({ description: 'what happens besides, or is waited for' }),
  hash: z.string().openapi({ description: 'send it as ?plan=… with the same command: it does exactly this, or is refused (409 world_moved)' }),
}).openapi('CommandPlan');

/** `?plan=true` asks what a command would do, and changes nothing; `?plan=<hash>` has it do exactly what that said. */
export const planQuery = { plan: z.string().max(4_000).refine((text) => text === 'true' || PLAN_HASH.test(text), 'is neither true nor the hash of a plan').optional() };

/** For the answers of a command that has a plan. */
export const planAnswer = json('With ?plan=true: what it would do', commandPlan);

export const asksForPlan = (plan: string | undefined): boolean => plan === 'true';

/** The hash that the command is bound to, as commands carry it. */
export const plannedBy = (plan: string | undefined): { planned?: string } => (plan === undefined || plan === 'true' ? {} : { planned: plan });

/** A command that has no plan is not carried out by whoever asks for one. */
export function refusePlan(command: string, plan: string | undefined): void {
  if (plan !== undefined) raise(noPlan(command));
}
