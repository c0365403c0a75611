import { isCancellation } from '@temporalio/workflow';
import type { Problem } from '../../model/errors';
import { blockStep, endStep, startAttempt, stepNamed, unblockStep, type Lifecycle, type Step } from '../../model/lifecycle';
import { problemOf } from './fail';
import { publish } from './publish';
import { now, type Run } from './run';
import { waitUntil } from './wait';

/**
 * Performs one step; the only writer of progress (DESIGN §4 rule 5). The undo is registered before the effect. When
 * the effect fails for good the step waits, blocked with the reason, for `retry` or `skip`; abort, repair and destroy
 * cancel it. A step that is done already returns at once, so an operation may be begun again from its top.
 */
export async function runStep<S extends Lifecycle>(
  run: Run<S>,
  name: string,
  effect: (step: Step) => Promise<void>,
  undo?: string,
): Promise<void> {
  const step = stepNamed(run.state, name);
  while (step.state !== 'done' && step.state !== 'skipped') {
    if (step.state !== 'blocked') {
      await holdWhilePaused(run as unknown as Run, step);
      startAttempt(run.state, step, undo, now());
      if (!run.quiet || step.attempt > 1) publish(run);
      const error = await attempt(run as unknown as Run, step, effect);
      if (!error) return endStep(run.state, step, 'done', now());
      blockStep(run.state, step, error, now());
      publish(run);
    }
    await takeDecision(run as unknown as Run, step);
  }
}

async function attempt(run: Run, step: Step, effect: (step: Step) => Promise<void>): Promise<Problem | undefined> {
  try {
    await effect(step);
    return undefined;
  } catch (error) {
    if (!isCancellation(error)) return problemOf(error);
    endStep(run.state, step, 'failed', now());
    throw error;
  }
}

async function holdWhilePaused(run: Run, step: Step): Promise<void> {
  if (!run.state.paused) return;
  step.waitingFor = 'a person: resume';
  publish(run);
  await waitUntil(run, () => !run.state.paused);
}

async function takeDecision(run: Run, step: Step): Promise<void> {
  await waitUntil(run, () => run.state.decision !== null);
  const { decision } = run.state;
  run.state.decision = null;
  unblockStep(run.state, step);
  if (decision === 'skip') endStep(run.state, step, 'skipped', now());
  else step.state = 'pending';
}
