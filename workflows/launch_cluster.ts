import { allHandlersFinished, condition, defineUpdate, setHandler } from '@temporalio/workflow';
import { newCluster } from '../model/cluster';
import { viewSummaryDetail } from '../model/cluster_views';
import { problem, type Problem } from '../model/errors';
import { clusterId } from '../model/ids';
import { enter } from '../model/lifecycle';
import { newLaunch, verdictOf, viewLaunchDetail } from '../model/launch_state';
import type { ClusterInput, LaunchDocument, LaunchOrder, LaunchVerdict } from '../model/messages';
import { cluster } from './cluster/cluster';
import { effects } from './lifecycle/effects';
import { fail, problemOf } from './lifecycle/fail';
import { answerDocument } from './lifecycle/handle_verbs';
import { ifNew } from './lifecycle/if_new';
import { publish } from './lifecycle/publish';
import { now, openRun, type Run } from './lifecycle/run';
import { startLifecycle } from './lifecycle/start_lifecycle';

const CHECK_TIMEOUT_MS = 15_000;

/**
 * One order: check → number → start of the cluster, or its new order. It is `/queue/<job>` of seed 002; its caller
 * learns by the update `verdict` whether the order was taken.
 */
export async function launchCluster(order: LaunchOrder): Promise<LaunchVerdict> {
  const run: Run<LaunchDocument> = openRun(newLaunch(order, now()), viewLaunchDetail, () => Promise.reject());
  const { state } = run;
  setHandler(defineUpdate<LaunchVerdict>('verdict'), async () => {
    await condition(() => state.state !== 'pending');
    return verdictOf(state);
  });
  answerDocument(() => state);
  try {
    state.cluster = order.scale ? await scaleCluster(order, order.scale.number) : await startCluster(order);
    enter(state, 'registered', now());
  } catch (error) {
    refuse(state, problemOf(error));
  }
  publish(run);
  await condition(allHandlersFinished);
  return verdictOf(state);
}

async function startCluster(order: LaunchOrder): Promise<string> {
  const act = effects({ summary: 'check the order', timeoutMs: CHECK_TIMEOUT_MS });
  const checked = await act.checkOrder({ order });
  const { number } = await act.takeNumber({ product: order.product, version: order.version, user: order.user, job: order.job });
  if (order.planned !== undefined && number !== checked.number) throw fail(numberTaken(number));
  const rendered = number === checked.number ? checked : await act.readOrder({ order, number });
  const input: ClusterInput = { key: { user: order.user, product: order.product, version: order.version, number }, order: rendered.order };
  const first = newCluster(input.key, input.order, now());
  // The number is this order's alone: one that is there was started before the order was set back.
  await ifNew(startLifecycle(cluster, {
    state: first, detail: viewSummaryDetail(first), input, reuse: 'REJECT_DUPLICATE',
    staticSummary: `${order.product} ${order.version} #${number} of ${order.user}`,
  }));
  return first.id;
}

async function scaleCluster(order: LaunchOrder, number: number): Promise<string> {
  const act = effects({ summary: 'check the new order', timeoutMs: CHECK_TIMEOUT_MS });
  const { order: next } = await act.checkOrder({ order });
  const id = clusterId({ user: order.user, product: order.product, version: order.version, number });
  await act.commandCluster({ cluster: id, job: order.job, scale: { order: next, ...(order.planned === undefined ? {} : { planned: order.planned }) } });
  return id;
}

const numberTaken = (number: number) =>
  problem(409, 'world_moved', `the plan does not hold any more: it would be cluster ${number}, another was launched meanwhile`, 'Take the plan again, and apply what it says now.', { field: 'plan' });

function refuse(state: LaunchDocument, why: Problem): void {
  state.problem = why;
  enter(state, 'error', now(), why.message);
}
