import { continueAsNew, defineSignal, setHandler } from '@temporalio/workflow';
import { newEnvironment, viewEnvironmentDetail, type ChangeModel, type EnvironmentState, type ModelChanged } from '../../model/environment/environment_state';
import { enter } from '../../model/lifecycle';
import { effects } from '../lifecycle/effects';
import { problemOf } from '../lifecycle/fail';
import { answerDocument } from '../lifecycle/handle_verbs';
import { publish } from '../lifecycle/publish';
import { now, openRun } from '../lifecycle/run';
import { tell } from '../lifecycle/tell';
import { waitUntil } from '../lifecycle/wait';

const CHANGE_TIMEOUT_MS = 60_000;

/** The model in git: changes of it happen here, one after the other, so that each is planned on what the one before left. */
export async function environment(input: EnvironmentState | Record<string, never>): Promise<void> {
  const state = 'v' in input ? (input as EnvironmentState) : newEnvironment(now());
  const run = openRun(state, viewEnvironmentDetail, () => continueAsNew<typeof environment>(state));
  setHandler(defineSignal<[ChangeModel]>('change'), (change) => void state.inbox.push(change));
  answerDocument(() => state);
  for (;;) {
    publish(run);
    await waitUntil(run, () => state.inbox.length > 0);
    const change = state.inbox[0]!;
    await tell(change.run, 'changed', await carryOut(state, change));
    state.inbox.shift();
  }
}

async function carryOut(state: EnvironmentState, change: ChangeModel): Promise<ModelChanged> {
  try {
    const act = effects({ summary: `${change.remove ? 'remove after' : 'plan'} ${change.request.verb}`, timeoutMs: CHANGE_TIMEOUT_MS });
    const { plan, index } = await act.changeModel(change);
    state.index = index;
    enter(state, index.services.length > 0 ? 'known' : 'empty', now());
    return { plan, commit: index.commit };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}
