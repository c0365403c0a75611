import { allHandlersFinished, condition, defineUpdate, ParentClosePolicy, setHandler, startChild } from '@temporalio/workflow';
import type { Problem } from '../model/errors';
import { clusterId } from '../model/ids';
import { enter } from '../model/lifecycle';
import { newLaunch, verdictOf, viewLaunchDetail } from '../model/launch_state';
import { WORKFLOW_TASK_TIMEOUT, type ClusterInput, type LaunchDocument, type LaunchOrder, type LaunchVerdict } from '../model/messages';
import { cluster } from './cluster/cluster';
import { effects } from './lifecycle/effects';
import { problemOf } from './lifecycle/fail';
import { answerDocument } from './lifecycle/handle_verbs';
import { publish } from './lifecycle/publish';
import { now, openRun, type Run } from './lifecycle/run';

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
  const rendered = number === checked.number ? checked : await act.readOrder({ order, number });
  const input: ClusterInput = { key: { user: order.user, product: order.product, version: order.version, number }, order: rendered.order };
  const id = clusterId(input.key);
  await startChild(cluster, {
    workflowId: id, args: [input], parentClosePolicy: ParentClosePolicy.ABANDON, workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    staticSummary: `${order.product} ${order.version} #${number} of ${order.user}`,
  });
  return id;
}

async function scaleCluster(order: LaunchOrder, number: number): Promise<string> {
  const act = effects({ summary: 'check the new order', timeoutMs: CHECK_TIMEOUT_MS });
  const { order: next } = await act.checkOrder({ order });
  const id = clusterId({ user: order.user, product: order.product, version: order.version, number });
  await act.commandCluster({ cluster: id, job: order.job, scale: { order: next } });
  return id;
}

function refuse(state: LaunchDocument, problem: Problem): void {
  state.problem = problem;
  enter(state, 'error', now(), problem.message);
}
