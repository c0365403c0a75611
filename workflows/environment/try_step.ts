import { isCancellation } from '@temporalio/workflow';
import { endStep, startAttempt, stepNamed, type Step } from '../../model/lifecycle';
import { problemOf } from '../lifecycle/fail';
import { publish } from '../lifecycle/publish';
import { now } from '../lifecycle/run';
import type { EnvironmentRun } from './environment_run';

/** A step that holds up no other: where it fails it says why, and whoever wants it runs the command again. */
export async function tryStep(run: EnvironmentRun, name: string, effect: (step: Step) => Promise<void>): Promise<void> {
  const { state } = run;
  const step = stepNamed(state, name);
  if (step.state === 'done' || step.state === 'failed') return;
  startAttempt(state, step, undefined, now());
  publish(run);
  try {
    await effect(step);
    endStep(state, step, 'done', now());
  } catch (error) {
    if (isCancellation(error)) throw error;
    step.lastError = problemOf(error);
    endStep(state, step, 'failed', now());
  }
  publish(run);
}
