import type { Code } from './codes';
import { problem, type Problem } from './errors';
import type { LifecycleKind } from './ids';
import { blockedStep, hasCondition, VERBS, type Command, type Lifecycle, type Verb } from './lifecycle';

type Rule = (life: Lifecycle, command: Command) => Problem | undefined;

const refuse = (life: Lifecycle, code: Code, message: string, fix: string) =>
  problem(409, code, `${life.id}: ${message}`, fix);

const onlyABlockedStep = (verb: 'retry' | 'skip'): Rule => (life, { step: wanted }) => {
  const step = blockedStep(life);
  if (!step) return refuse(life, 'nothing_blocked', `no step is blocked, so there is nothing to ${verb}`, 'Look at its steps: only a blocked one can be retried or skipped.');
  if (wanted && wanted !== step.name) return refuse(life, 'other_step', `step ${wanted} is not blocked, ${step.name} is`, `Name ${step.name}, or no step.`);
  if (life.decision) return refuse(life, 'already_decided', `${life.decision} is already on its way`, 'Wait until the step has taken it.');
  if (verb === 'skip' && !step.skippable) return refuse(life, 'not_skippable', `step ${step.name} cannot be skipped`, 'Use retry, or abort.');
  if (verb === 'retry' && !step.retryable) return refuse(life, 'not_retryable', `step ${step.name} cannot be retried`, 'Use skip, or abort.');
  return undefined;
};

const notOver: Rule = (life) =>
  life.state === 'destroyed' ? refuse(life, 'destroyed', 'it is destroyed', 'Launch a new one.')
    : life.over ? refuse(life, 'over', `it is over (${life.state})`, 'Install or scale its service to have a new one.') : undefined;

const notBeingDestroyed: Rule = (life) =>
  hasCondition(life, 'Destroying') ? refuse(life, 'destroying', 'it is being destroyed', 'Wait until it is gone.') : undefined;

const somethingToAbort: Rule = (life) =>
  life.operation ? undefined : refuse(life, 'nothing_running', 'no operation is going on, so there is nothing to abort', 'Use destroy to take it down.');

const notBeingAborted: Rule = (life) =>
  hasCondition(life, 'Aborted') ? refuse(life, 'aborting', 'it is being aborted', 'Wait until what was done is taken back.') : undefined;

const notPaused: Rule = (life) => (life.paused ? refuse(life, 'already_paused', 'it is paused already', 'Use resume.') : undefined);
const paused: Rule = (life) => (life.paused ? undefined : refuse(life, 'not_paused', 'it is not paused', 'Use pause first.'));

/** What a service waits for is repaired in its instances, while it waits. */
const nothingElseGoesOn: Rule = (life) =>
  life.operation && !blockedStep(life) && life.kind !== 'service'
    ? refuse(life, 'busy', `${life.operation.kind} is going on`, 'Wait until it ends, or abort it.')
    : undefined;

/** The legal uses of each verb, as a list of rules with sentences for names; the first that objects speaks. */
const RULES: Record<Verb, Rule[]> = {
  retry: [notOver, onlyABlockedStep('retry')],
  skip: [notOver, onlyABlockedStep('skip')],
  pause: [notOver, notPaused],
  resume: [notOver, paused],
  abort: [notOver, notBeingDestroyed, somethingToAbort, notBeingAborted],
  repair: [notOver, notBeingDestroyed, nothingElseGoesOn],
  destroy: [notOver, notBeingDestroyed],
};

/** Why this verb may not be used now, or undefined when it may. */
export function refuseVerb(life: Lifecycle, verb: Verb, command: Command): Problem | undefined {
  for (const rule of RULES[verb]) {
    const objection = rule(life, command);
    if (objection) return objection;
  }
  return undefined;
}

/** The verbs that a kind of lifecycle takes at all. */
export const VERBS_OF: Record<LifecycleKind, readonly Verb[]> = {
  cluster: VERBS, compute: ['retry'], product: [], launch: [], call: [],
  service: VERBS, instance: VERBS, agent: VERBS, planner: ['pause', 'resume'], capacity: ['pause', 'resume'], run: ['pause', 'resume', 'abort'], environment: [],
  webhook: ['retry', 'skip', 'pause', 'resume', 'abort', 'destroy'], framework: ['retry', 'skip'],
};

/** The verbs that would be accepted now, for the page, the CLI and links. */
export const allowedVerbs = (life: Lifecycle): Verb[] => VERBS_OF[life.kind].filter((verb) => !refuseVerb(life, verb, {}));

/** Why a new order may not be taken now, or undefined when it may. */
export const refuseScale = (life: Lifecycle): Problem | undefined =>
  notOver(life, {}) ??
  notBeingDestroyed(life, {}) ??
  (life.operation ? refuse(life, 'busy', `${life.operation.kind} is going on`, 'Wait until it ends, or abort it.') : undefined);
