import { CLUSTER_OPERATIONS, differenceOf, newNode } from '../../model/cluster';
import { beginOperation, enter, endOperation, endStep, setCondition, stepNamed } from '../../model/lifecycle';
import { problemOf } from '../lifecycle/fail';
import { publish } from '../lifecycle/publish';
import { now } from '../lifecycle/run';
import type { ClusterRun } from './cluster_run';
import { showDegraded } from './node_loss';
import { releaseAdded, releaseAll } from './release';
import { stopAdded, stopAll } from './stop_machines';

const UNDOS: Record<string, (run: ClusterRun) => () => Promise<void>> = {
  release: releaseAll,
  stop_machines: stopAll,
  release_added: releaseAdded,
  stop_added: stopAdded,
};

/**
 * Takes back what the operation did, last step first. A cluster that never was ready ends `destroyed`; one that was
 * goes on with its old order. When an undo fails, destroy goes on from there and shows what is left over.
 */
export async function abort(run: ClusterRun): Promise<void> {
  const { state } = run;
  setCondition(state, 'Aborted', 'asked_for', `${state.operation?.kind ?? 'nothing'} was aborted`, now());
  for (const step of state.steps) if (step.state === 'blocked') endStep(state, step, 'failed', now());
  const failed = await undoAll(run);
  if (!state.everReady) {
    if (failed || state.operation?.kind !== 'launch') return beginOperation(state, 'destroy', CLUSTER_OPERATIONS.destroy, now());
    endOperation(state, 'aborted', now());
    return enter(state, 'destroyed', now(), 'aborted');
  }
  restoreOrder(run);
  endOperation(state, 'aborted', now());
  enter(state, 'ready', now(), 'aborted');
}

async function undoAll(run: ClusterRun): Promise<boolean> {
  for (const entry of [...run.state.undo].reverse()) {
    try {
      publish(run);
      await UNDOS[entry.undo]!(run)();
      endStep(run.state, stepNamed(run.state, entry.step), 'undone', now());
    } catch (error) {
      entry.error = problemOf(error).message;
    }
  }
  const left = run.state.undo.filter((u) => u.error);
  if (left.length) setCondition(run.state, 'Aborted', 'undo_failed', left.map((u) => `${u.undo}: ${u.error}`).join('; '), now());
  return left.length > 0;
}

/** The old order again: what the scale kept stays, what it stopped is lost, and `repair` brings it back. */
function restoreOrder(run: ClusterRun): void {
  const { state } = run;
  if (!state.next) return;
  const { kept } = differenceOf(state.order.spec.nodes, state.next.spec.nodes);
  const current = new Map([...state.nodes, ...state.retiring].map((n) => [n.spec.name, n]));
  const stillThere = new Set([...kept, ...state.retiring.map((n) => n.spec.name)]);
  state.nodes = state.order.spec.nodes.map((spec) => {
    const node = current.get(spec.name) ?? newNode(state.key, spec);
    return stillThere.has(spec.name) ? { ...node, spec } : { ...node, spec, status: 'stopped' };
  });
  state.retiring = [];
  state.next = null;
  showDegraded(run);
}
