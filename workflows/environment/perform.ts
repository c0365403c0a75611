import { condition } from '@temporalio/workflow';
import { newModelled, viewModelledDetail } from '../../model/environment/modelled_instance';
import type { Order } from '../../model/environment/orders';
import { taskStep, type RunTask } from '../../model/environment/run';
import { instanceId } from '../../model/ids';
import { endStep, startAttempt, stepNamed } from '../../model/lifecycle';
import { ifNew } from '../lifecycle/if_new';
import { publish } from '../lifecycle/publish';
import { now } from '../lifecycle/run';
import { startLifecycle } from '../lifecycle/start_lifecycle';
import { tell } from '../lifecycle/tell';
import type { EnvironmentRun } from './environment_run';
import { modelledInstance } from './modelled_instance';

/** One service does its part; who needs it goes on when it is done, and not at all when it failed. */
export async function perform(run: EnvironmentRun, task: RunTask, number: number): Promise<void> {
  const { state } = run;
  const step = stepNamed(state, taskStep(task));
  const stands = () => state.said[task.path];
  const isOver = (path: string) => ['done', 'failed'].includes(state.said[path]?.state ?? '');
  if (step.state === 'done' || step.state === 'failed') return;
  await condition(() => task.after.every(isOver) && !state.paused);
  const failed = task.after.find((path) => state.said[path]?.state === 'failed');
  startAttempt(state, step, undefined, now());
  if (failed) state.said[task.path] = { order: '', path: task.path, state: 'failed', reason: `${failed}, which it needs, failed` };
  else await order(run, task, number);
  for (let seen = ''; ; ) {
    step.waitingFor = stands()?.reason || `instance ${task.path}`;
    publish(run);
    if (isOver(task.path)) break;
    seen = JSON.stringify(stands());
    await condition(() => JSON.stringify(stands()) !== seen);
  }
  const { state: outcome, output, problem } = stands()!;
  if (output) step.output = output;
  if (problem) step.lastError = problem;
  endStep(state, step, outcome === 'done' ? 'done' : 'failed', now());
  publish(run);
}

/** An instance that does not run, or does not run any more, is started with it. */
async function order({ state }: EnvironmentRun, { path, verb, node, checksum, action, args: own }: RunTask, number: number): Promise<void> {
  const { start, reinstall } = state.request;
  const args = own ?? state.request.args;
  const given: Order = {
    id: `${state.id}#${number}`, run: state.id, verb, agent: state.agents[node ?? ''] ?? -1,
    ...(checksum ? { checksum } : {}), ...(action ? { action } : {}), ...(args ? { args } : {}), ...(start === false ? { start } : {}), ...(reinstall ? { reinstall } : {}),
  };
  while (!(await tell(instanceId(path, null), 'order', given))) {
    const first = newModelled({ path, order: given }, now());
    const isNew = await ifNew(startLifecycle(modelledInstance, {
      state: first, detail: viewModelledDetail(first), input: { path, order: given }, staticSummary: `service ${path}`, reuse: 'ALLOW_DUPLICATE',
    }));
    if (isNew) return;
  }
}
