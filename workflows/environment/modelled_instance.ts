import { CancellationScope, defineQuery, isCancellation, setHandler } from '@temporalio/workflow';
import {
  answerOrder, doneWith, MODELLED_OPERATIONS, newModelled, objectionTo, operationFor, restoreOf, toldTo, viewModelled, viewModelledDetail, wantedAfter,
  type ModelledInput, type ModelledInstance, type ModelledOperation,
} from '../../model/environment/modelled_instance';
import { problem } from '../../model/errors';
import { beginOperation, clearCondition, endOperation, enter, setCondition } from '../../model/lifecycle';
import type { Generation } from '../../model/services/recipe';
import { inNextRun } from '../lifecycle/in_next_run';
import { answerDocument, handleVerbs } from '../lifecycle/handle_verbs';
import { publish } from '../lifecycle/publish';
import { now, openRun, type Run } from '../lifecycle/run';
import { tell } from '../lifecycle/tell';
import { waitUntil } from '../lifecycle/wait';
import { handleMessages } from './handle_messages';
import type { ModelledRun } from './modelled_run';
import { perform } from './operations';

/**
 * A service of the environment as it really is (A-9 … A-19): carries out what runs order, one after the other, and is
 * brought back by itself when its machine was replaced. It lives until it was removed.
 */
export async function modelledInstance(input: ModelledInput | ModelledInstance): Promise<void> {
  const state = 'v' in input ? input : newModelled(input, now());
  const run: ModelledRun = { ...openRun(state, viewModelledDetail, () => inNextRun<typeof modelledInstance>(state)), ...runTeller(state) };
  handleVerbs(run);
  handleMessages(run);
  answerDocument(() => viewModelled(state));
  setHandler(defineQuery<Generation | undefined, [number]>('recipe'), () => generationOf(state), { description: 'the files that its agent makes it of' });
  CancellationScope.current().cancelRequested.catch(() => {
    state.interrupt = 'destroy';
    run.scope?.cancel();
  });
  await CancellationScope.nonCancellable(async () => {
    do {
      while (!state.over) await goOn(run);
      publish(run);
      await run.allTold?.();
    } while (calledBack(state));
  });
}

/** What was ordered while it told that it is gone. */
function calledBack(state: ModelledInstance): boolean {
  if (state.orders.length === 0) return false;
  delete state.over;
  return true;
}

/** The files are big, and only agents want them. */
const generationOf = ({ making }: ModelledInstance): Generation | undefined =>
  making ? { number: making.generation, recipe: { ...making.recipe, files: making.files, machine: { cpu: 0, memMiB: 0 } }, data: {} } : undefined;

/** Tells each run that waits for something how it stands, with every change. */
function runTeller(state: ModelledInstance): Pick<Run, 'told' | 'allTold'> {
  const known = new Map<string, string>();
  let sending: Promise<void> | undefined;
  const send = async () => {
    for (;;) {
      const runs = [...new Set([...state.orders.map((one) => one.run), ...state.answered.map(({ order }) => order.slice(0, order.lastIndexOf('#')))])].filter((id) => id !== state.id);
      const news = runs.flatMap((id) => toldTo(state, id).map((one) => ({ id, one, text: JSON.stringify(one) }))).filter(({ one, text }) => known.get(one.order) !== text);
      if (news.length === 0) return;
      for (const { id, one, text } of news) {
        known.set(one.order, text);
        await tell(id, 'orderIs', one);
      }
    }
  };
  return {
    told: () => void (sending ??= CancellationScope.nonCancellable(send).finally(() => (sending = undefined))),
    allTold: async () => {
      while (sending) await sending;
    },
  };
}

async function goOn(run: ModelledRun): Promise<void> {
  const { state } = run;
  if (!state.operation && decide(run)) return;
  if (state.operation) return carryOut(run, state.operation.kind as ModelledOperation);
  publish(run);
  await waitUntil(run, () => state.interrupt !== null || state.orders.length > 0 || restoreOf(state) !== undefined);
}

/** Begins what is next; true when something was settled without beginning anything. */
function decide(run: ModelledRun): boolean {
  const { state } = run;
  const { interrupt } = state;
  state.interrupt = null;
  if (interrupt === 'destroy') state.orders.unshift({ id: `${state.id}#destroy`, run: state.id, verb: 'remove', agent: state.agent ?? 0 });
  if (interrupt === 'repair') {
    clearCondition(state, 'Aborted');
    state.runsOn = null;
  }
  const [order] = state.orders;
  if (!order) {
    const restore = restoreOf(state);
    if (restore) beginOperation(state, restore, MODELLED_OPERATIONS[restore], now());
    return false;
  }
  const objection = objectionTo(state, order);
  if (objection || (!state.making && order.verb === 'stop')) {
    if (!state.making && state.orders.length === 1) state.over = true;
    answerOrder(state, objection ? { state: 'failed', reason: objection.message, problem: objection } : { state: 'done', reason: 'not installed' });
    return true;
  }
  const operation = operationFor(state, order);
  if (operation) beginOperation(state, operation, MODELLED_OPERATIONS[operation], now());
  else answerOrder(state, { state: 'done', reason: order.verb === 'install' ? `Latest ${state.service} already installed` : 'nothing to do' });
  return operation === undefined;
}

async function carryOut(run: ModelledRun, operation: ModelledOperation): Promise<void> {
  const { state } = run;
  const ordered = !operation.startsWith('restore');
  run.scope = new CancellationScope({ cancellable: true });
  try {
    await run.scope.run(() => perform(run));
    endOperation(state, 'done', now());
    clearCondition(state, 'Aborted');
    state.wanted = wantedAfter(state, operation);
    if (ordered) answerOrder(state, doneWith(state));
    if (operation === 'remove' || !state.making) gone(run);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    calledOff(run, ordered);
  } finally {
    run.scope = null;
  }
}

/** An order that comes for one that is gone makes it anew. */
function gone({ state }: ModelledRun): void {
  Object.assign(state, { making: null, agent: null, at: null, runsOn: null });
  enter(state, 'PLANNED', now(), 'removed');
  if (state.orders.length === 0) state.over = true;
}

/** Abort leaves it as it is: what it was ordered to be can be ordered again. What its agent took along begins again. */
function calledOff({ state }: ModelledRun, ordered: boolean): void {
  if (state.interrupt === 'abort') {
    state.interrupt = null;
    endOperation(state, 'aborted', now());
    setCondition(state, 'Aborted', 'asked_for', 'what was going on was called off; the same command begins it again', now());
    const said = problem(409, 'aborted', `${state.service}: it was called off`, 'Run the same command again.');
    if (ordered) answerOrder(state, { state: 'failed', reason: said.message, problem: said });
    return;
  }
  endOperation(state, 'interrupted', now());
}
