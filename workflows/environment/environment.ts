import { condition, continueAsNew, defineSignal, defineUpdate, setHandler, workflowInfo } from '@temporalio/workflow';
import { newEnvironment, viewEnvironmentDetail, type ChangeModel, type EnvironmentState, type LookedAt, type ModelChanged } from '../../model/environment/environment_state';
import { clearCondition, enter, setCondition } from '../../model/lifecycle';
import { effects } from '../lifecycle/effects';
import { problemOf } from '../lifecycle/fail';
import { answerDocument } from '../lifecycle/handle_verbs';
import { publish } from '../lifecycle/publish';
import { now, openRun, type Run } from '../lifecycle/run';
import { tell } from '../lifecycle/tell';
import { waitUntil } from '../lifecycle/wait';

const CHANGE_TIMEOUT_MS = 60_000;
/** How often hand edits are looked for; whoever wants to know now asks. */
const LOOK_EVERY = '5m';
const NAMED = 5;

type EnvironmentEntity = Run<EnvironmentState>;

/** The model in git: changes of it happen here, one after the other, so that each is planned on what the one before left. */
export async function environment(input: EnvironmentState | Record<string, never>): Promise<void> {
  const state = 'v' in input ? (input as EnvironmentState) : newEnvironment(now());
  const run: EnvironmentEntity = openRun(state, viewEnvironmentDetail, () => continueAsNew<typeof environment>(state));
  setHandler(defineSignal<[ChangeModel]>('change'), (change) => void state.inbox.push(change));
  setHandler(defineUpdate<LookedAt>('look'), () => look(run), { description: 'compare the model with what really runs' });
  answerDocument(() => state);
  if (!('v' in input)) await look(run).catch(() => undefined);
  for (;;) {
    publish(run);
    const asked = await untilAsked(run);
    if (!asked) await look(run).catch(() => undefined);
    else await answerChange(run);
  }
}

/** False: it is time to look again. An environment without services has nothing to differ in. */
async function untilAsked(run: EnvironmentEntity): Promise<boolean> {
  const { state } = run;
  const isAsked = () => state.inbox.length > 0;
  if (state.index.services.length > 0 && !workflowInfo().continueAsNewSuggested) return condition(isAsked, LOOK_EVERY, { summary: 'until the model is looked at again' });
  await waitUntil(run, isAsked);
  return true;
}

async function answerChange({ state }: EnvironmentEntity): Promise<void> {
  const change = state.inbox[0]!;
  await tell(change.run, 'changed', await carryOut(state, change));
  state.inbox.shift();
}

async function carryOut(state: EnvironmentState, change: ChangeModel): Promise<ModelChanged> {
  try {
    const act = effects({ summary: `${change.remove ? 'remove after' : 'plan'} ${change.request.verb}`, timeoutMs: CHANGE_TIMEOUT_MS });
    const { plan, index } = await act.changeModel(change);
    note(state, index);
    return { plan, commit: index.commit };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

/** What differs is a condition, until an apply, or an edit, mends it. */
async function look(run: EnvironmentEntity): Promise<LookedAt> {
  const { state } = run;
  const act = effects({ summary: 'compare the model with what runs', timeoutMs: CHANGE_TIMEOUT_MS });
  const seen = await act.lookAtModel();
  note(state, seen.index);
  state.differences = seen.differences;
  const named = seen.differences.slice(0, NAMED).map(({ path, is }) => `${path} is ${is}`).join(', ');
  if (seen.differences.length === 0) clearCondition(state, 'Drifted');
  else setCondition(state, 'Drifted', 'model_differs', `${named}${seen.differences.length > NAMED ? ` and ${seen.differences.length - NAMED} more` : ''}`, now());
  publish(run);
  return seen;
}

function note(state: EnvironmentState, index: EnvironmentState['index']): void {
  state.index = index;
  enter(state, index.services.length > 0 ? 'known' : 'empty', now());
}
