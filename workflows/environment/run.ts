import { allHandlersFinished, CancellationScope, condition, defineSignal, defineUpdate, isCancellation, setHandler } from '@temporalio/workflow';
import type { ModelChanged } from '../../model/environment/environment_state';
import type { OrderIs } from '../../model/environment/orders';
import { newRun, stepsOf, verdictOf, viewRun, viewRunDetail, type Run as RunState, type RunInput, type RunVerdict } from '../../model/environment/run';
import { beginOperation, endOperation, enter, setCondition } from '../../model/lifecycle';
import { VERBS_OF } from '../../model/verbs';
import { problemOf } from '../lifecycle/fail';
import { inNextRun } from '../lifecycle/in_next_run';
import { answerDocument, handleVerbs } from '../lifecycle/handle_verbs';
import { publish, publishSoon } from '../lifecycle/publish';
import { now, openRun } from '../lifecycle/run';
import { carryOut } from './carry_out';
import { changeModel } from './change_model';
import type { EnvironmentRun } from './environment_run';

/**
 * One `ays` operation over many services in the order of what they need: plan → machines → services → model. Its
 * caller learns by the update `verdict` whether it was taken; a refused one has changed nothing.
 */
export async function environmentRun(input: RunInput | RunState): Promise<RunVerdict> {
  const state = 'v' in input ? input : newRun(input, now());
  const run: EnvironmentRun = { ...openRun(state, viewRunDetail, () => inNextRun<typeof environmentRun>(state)), changed: null };
  setHandler(defineSignal<[ModelChanged]>('changed'), (changed) => void (run.changed = changed));
  handleVerbs(run, VERBS_OF.run);
  setHandler(defineSignal<[OrderIs]>('orderIs'), (said) => {
    state.said[said.path] = said;
    publishSoon(run);
  });
  setHandler(defineUpdate<RunVerdict>('verdict'), async () => {
    await condition(() => state.state !== 'pending');
    return verdictOf(state);
  });
  answerDocument(() => viewRun(state));
  if (state.state === 'pending') await plan(run);
  if (state.state === 'running') await work(run);
  publish(run);
  await condition(allHandlersFinished);
  return verdictOf(state);
}

const hasFailed = ({ said, steps }: RunState): boolean => Object.values(said).some((one) => one.state === 'failed') || steps.some((step) => step.state === 'failed');

async function plan(run: EnvironmentRun): Promise<void> {
  const { state } = run;
  try {
    state.plan = (await changeModel(run)).plan!;
    beginOperation(state, state.request.verb, stepsOf(state.plan), now());
    enter(state, 'running', now());
  } catch (error) {
    state.problem = problemOf(error);
    enter(state, 'error', now(), state.problem.message);
  }
  publish(run);
}

/** An abort lets go: what services were told already they do, or their own `abort` calls it off. */
async function work(run: EnvironmentRun): Promise<void> {
  const { state } = run;
  run.scope = new CancellationScope({ cancellable: true });
  try {
    await run.scope.run(() => carryOut(run));
    endOperation(state, 'done', now());
    enter(state, hasFailed(state) ? 'failed' : 'done', now());
  } catch (error) {
    if (!isCancellation(error)) throw error;
    endOperation(state, 'aborted', now());
    setCondition(state, 'Aborted', 'asked_for', 'nothing further is begun; what was begun stays as it is', now());
    enter(state, 'aborted', now());
  } finally {
    run.scope = null;
  }
}
