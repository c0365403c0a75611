import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { CLUSTER_OPERATIONS, lostNodes, mayRepairItself, newCluster, nextGeneration, unhealthyNodes, type ClusterNode, type ClusterOperation, type ClusterState } from '../../model/cluster';
import { planDestroy } from '../../model/cluster_plan';
import { viewCluster, viewSummaryDetail } from '../../model/cluster_views';
import { beginOperation, enter, endOperation } from '../../model/lifecycle';
import type { ClusterInput } from '../../model/messages';
import { inNextRun } from '../lifecycle/in_next_run';
import { answerDocument, handleVerbs } from '../lifecycle/handle_verbs';
import { publish } from '../lifecycle/publish';
import { now, openRun } from '../lifecycle/run';
import { waitUntil } from '../lifecycle/wait';
import { abort } from './abort';
import type { ClusterRun } from './cluster_run';
import { destroy } from './destroy';
import { handleMessages } from './handle_messages';
import { launch } from './launch';
import { repair } from './repair';
import { scale } from './scale';

const OPERATIONS: Record<ClusterOperation, (run: ClusterRun) => Promise<void>> = { launch, scale, repair, destroy };

/**
 * One cluster from `registered` to `destroyed` (seed 002, DESIGN §5). Lives until nothing of it is left and carries its
 * whole state from run to run. A cancel sent by the Temporal UI means destroy, so that nothing is left behind.
 */
export async function cluster(input: ClusterInput | ClusterState): Promise<void> {
  const state = 'v' in input ? input : newCluster(input.key, input.order, now());
  const run: ClusterRun = { ...openRun(state, viewSummaryDetail, () => inNextRun<typeof cluster>(state)), grants: new Map(), planOf: (verb) => (verb === 'destroy' ? planDestroy(state) : undefined) };
  handleVerbs(run);
  handleMessages(run);
  answerDocument(() => viewCluster(state));
  if (!('v' in input)) beginOperation(state, 'launch', CLUSTER_OPERATIONS.launch, now());
  CancellationScope.current().cancelRequested.catch(() => {
    state.interrupt = 'destroy';
    run.scope?.cancel();
  });
  await CancellationScope.nonCancellable(async () => {
    while (state.state !== 'destroyed') await goOn(run);
  });
  publish(run);
}

/** The next thing to do: what somebody decided, else the operation that is going on, else wait for either. */
async function goOn(run: ClusterRun): Promise<void> {
  const { state } = run;
  const { interrupt } = state;
  state.interrupt = null;
  if (interrupt === 'abort') return abort(run);
  if (interrupt === 'destroy') beginOperation(state, 'destroy', CLUSTER_OPERATIONS.destroy, now());
  if (interrupt === 'repair') beginRepair(state, [...lostNodes(state), ...unhealthyNodes(state)]);
  if (state.operation) return perform(run, state.operation.kind as ClusterOperation);
  publish(run);
  await waitUntil(run, () => state.interrupt !== null || state.operation !== null || mayRepairItself(state, now()));
  if (!state.interrupt && !state.operation) {
    state.repairs = [...state.repairs.slice(-9), now()];
    beginRepair(state, lostNodes(state));
  }
}

async function perform(run: ClusterRun, kind: ClusterOperation): Promise<void> {
  run.scope = new CancellationScope({ cancellable: true });
  try {
    await run.scope.run(() => OPERATIONS[kind](run));
    run.state.everReady ||= run.state.state === 'ready';
    endOperation(run.state, 'done', now());
  } catch (error) {
    if (!isCancellation(error)) throw error;
  } finally {
    run.scope = null;
  }
}

/** These nodes get a next generation; a scale that was blocked begins again from its top. */
function beginRepair(state: ClusterState, ailing: readonly ClusterNode[]): void {
  state.retiring.push(...ailing);
  state.nodes = state.nodes.map((n) => (ailing.includes(n) ? nextGeneration(state.key, n) : n));
  const kind = state.operation?.kind === 'scale' ? 'scale' : 'repair';
  beginOperation(state, kind, CLUSTER_OPERATIONS[kind], now());
  enter(state, state.state, now(), `repair of ${ailing.length} nodes`);
}
