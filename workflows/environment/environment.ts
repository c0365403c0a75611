import { condition, defineSignal, defineUpdate, setHandler, workflowInfo } from '@temporalio/workflow';
import {
  newEnvironment, viewEnvironmentDetail, type ChangeModel, type EnvironmentInput, type EnvironmentState, type LookAtModel, type LookedAt, type ModelChanged,
} from '../../model/environment/environment_state';
import { newRun, viewRunDetail, type RunInput } from '../../model/environment/run';
import { clearCondition, enter, setCondition } from '../../model/lifecycle';
import { effects } from '../lifecycle/effects';
import { problemOf } from '../lifecycle/fail';
import { inNextRun } from '../lifecycle/in_next_run';
import { answerDocument } from '../lifecycle/handle_verbs';
import { ifNew } from '../lifecycle/if_new';
import { publish } from '../lifecycle/publish';
import { now, openRun, type Run } from '../lifecycle/run';
import { startLifecycle } from '../lifecycle/start_lifecycle';
import { tell } from '../lifecycle/tell';
import { waitUntil } from '../lifecycle/wait';
import { environmentRun } from './run';

const CHANGE_TIMEOUT_MS = 60_000;
/** How often hand edits are looked for; whoever wants to know now asks. */
const LOOK_EVERY = '5m';
const NAMED = 5;

type EnvironmentEntity = Run<EnvironmentState>;

/** The model in git: changes of it happen here, one after the other, so that each is planned on what the one before left. */
export async function environment(input: EnvironmentState | EnvironmentInput): Promise<void> {
  const state = 'v' in input ? input : newEnvironment(now());
  const run: EnvironmentEntity = openRun(state, viewEnvironmentDetail, () => inNextRun<typeof environment>(state));
  setHandler(defineSignal<[ChangeModel]>('change'), (change) => void state.inbox.push(change));
  setHandler(defineUpdate<LookedAt>('look'), () => look(run), { description: 'compare the model with what really runs' });
  answerDocument(() => state);
  if ('adopt' in input) await startAdoption();
  if (!('v' in input)) await look(run).catch(() => undefined);
  for (;;) {
    publish(run);
    const asked = await untilAsked(run);
    if (!asked) await look(run, { record: true }).catch(() => undefined);
    else await answerChange(run);
  }
}

/** A run like those of persons, to be seen and tried again like them. */
async function startAdoption(): Promise<void> {
  const input: RunInput = { id: 'adopt', fingerprint: '', request: { verb: 'adopt', actor: 'grid', selection: {} } };
  const first = newRun(input, now());
  await ifNew(startLifecycle(environmentRun, { state: first, detail: viewRunDetail(first), input, staticSummary: 'ays adopt', reuse: 'ALLOW_DUPLICATE' }));
}

/** False: it is time to look again. An environment without services has nothing to differ in. */
async function untilAsked(run: EnvironmentEntity): Promise<boolean> {
  const { state } = run;
  const isAsked = () => state.inbox.length > 0;
  if (state.index.services.length > 0 && !workflowInfo().continueAsNewSuggested) return condition(isAsked, LOOK_EVERY, { summary: 'until the model is looked at again' });
  await waitUntil(run, isAsked);
  return true;
}

async function answerChange(run: EnvironmentEntity): Promise<void> {
  const { state } = run;
  const change = state.inbox[0]!;
  await tell(change.run, 'changed', await carryOut(state, change));
  state.inbox.shift();
  // How services really are became known.
  if (change.request.verb === 'adopt' && change.remove) await look(run).catch(() => undefined);
}

async function carryOut(state: EnvironmentState, change: ChangeModel): Promise<ModelChanged> {
  try {
    const act = effects({ summary: `${change.remove || change.exported ? 'write down' : 'plan'} ${change.request.verb}`, timeoutMs: CHANGE_TIMEOUT_MS });
    const { plan, index } = await act.changeModel(change);
    note(state, index);
    return { plan, commit: index.commit };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

/** What differs is a condition, until an apply, or an edit, mends it. */
async function look(run: EnvironmentEntity, how: LookAtModel = {}): Promise<LookedAt> {
  const { state } = run;
  const act = effects({ summary: 'compare the model with what runs', timeoutMs: CHANGE_TIMEOUT_MS });
  const seen = await act.lookAtModel(how);
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
