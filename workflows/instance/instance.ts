import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { agentId, serviceId } from '../../model/ids';
import { beginOperation, endOperation, enter, hasCondition, setCondition } from '../../model/lifecycle';
import { carriedHistory, isFull } from '../../model/services/history';
import { instanceIs } from '../../model/services/instance_is';
import { INSTANCE_OPERATIONS, isUp, newInstance, viewInstance, viewInstanceDetail, type InstanceInput, type InstanceOperation, type InstanceState } from '../../model/services/instance_state';
import type { Attach } from '../../model/services/messages';
import { inNextRun } from '../lifecycle/in_next_run';
import { answerDocument, handleVerbs } from '../lifecycle/handle_verbs';
import { answerTasks } from '../lifecycle/answer_tasks';
import { publish } from '../lifecycle/publish';
import { now, openRun } from '../lifecycle/run';
import { tell, teller } from '../lifecycle/tell';
import { waitUntil } from '../lifecycle/wait';
import { handleMessages } from './handle_messages';
import type { InstanceRun } from './instance_run';
import { recordTask } from './record_task';
import { remove } from './remove';
import { start } from './start';
import { update } from './update';

const OPERATIONS: Record<InstanceOperation, (run: InstanceRun) => Promise<void>> = { start, update, remove };

/**
 * One copy of a service on one agent (seed 000, `spec` §1.3): installed and started wherever its agent works, as often
 * as that changes, until its place is no longer planned.
 */
export async function instance(input: InstanceInput | InstanceState): Promise<void> {
  const state = 'v' in input ? input : newInstance(input, now());
  const run: InstanceRun = {
    ...openRun(state, viewInstanceDetail, () => inNextRun<typeof instance>({ ...state, history: carriedHistory(state.history) })),
    full: () => isFull(state.history),
    ...teller(() => [serviceId(state.service)], 'instanceIs', () => instanceIs(state)),
  };
  handleVerbs(run);
  handleMessages(run);
  answerDocument(() => viewInstance(state));
  answerTasks('tasks', () => state.history);
  if (!('v' in input)) {
    recordTask(state, 'plan_service_instance_task');
    await tell(agentId(state.agent), 'attach', { service: state.service, instance: state.instance } satisfies Attach);
  }
  CancellationScope.current().cancelRequested.catch(() => {
    state.leave = true;
    run.scope?.cancel();
  });
  await CancellationScope.nonCancellable(async () => {
    while (!state.over) await goOn(run);
  });
  publish(run);
  await run.allTold?.();
}

async function goOn(run: InstanceRun): Promise<void> {
  const { state } = run;
  await decide(run);
  if (state.operation) return perform(run, state.operation.kind as InstanceOperation);
  publish(run);
  await waitUntil(run, () => state.interrupt !== null || state.leave || !atRest(state));
}

/** Nothing is to be done: it runs as it should, or a person took it down. */
const atRest = (state: InstanceState): boolean => isUp(state) || hasCondition(state, 'Aborted');

async function decide(run: InstanceRun): Promise<void> {
  const { state } = run;
  const { interrupt } = state;
  state.interrupt = null;
  const begin = (kind: InstanceOperation) => beginOperation(state, kind, INSTANCE_OPERATIONS[kind], now());
  if (interrupt === 'destroy') state.leave = true;
  if (interrupt === 'abort') return takeDown(run);
  if (interrupt === 'repair') state.runsOn = null;
  if (state.leave) return state.operation?.kind === 'remove' ? undefined : begin('remove');
  if (interrupt === 'repair' || (!state.operation && !atRest(state))) begin(isOutdated(state) ? 'update' : 'start');
}

const isOutdated = ({ at, runsOn, making, state }: InstanceState): boolean =>
  state === 'INSTANCE_STARTED' && at !== null && runsOn?.machine === at.machine && runsOn.generation !== making.generation;

/** An abort takes back what was done and then leaves it to a person: `repair` begins again. */
async function takeDown(run: InstanceRun): Promise<void> {
  const { state } = run;
  beginOperation(state, 'remove', INSTANCE_OPERATIONS.remove, now());
  await perform(run, 'remove');
  enter(state, 'PLANNED', now(), 'aborted');
  setCondition(state, 'Aborted', 'asked_for', 'it was taken down; repair begins again', now());
}

async function perform(run: InstanceRun, kind: InstanceOperation): Promise<void> {
  const { state } = run;
  run.scope = new CancellationScope({ cancellable: true });
  try {
    await run.scope.run(() => OPERATIONS[kind](run));
    endOperation(state, 'done', now());
    if (kind === 'remove' && state.leave) state.over = true;
  } catch (error) {
    if (!isCancellation(error)) throw error;
    if (kind !== 'remove') endOperation(state, 'interrupted', now());
  } finally {
    run.scope = null;
    }
}
