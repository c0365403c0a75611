import { condition } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { newModelled, viewModelledDetail } from '../../model/environment/modelled_instance';
import type { Order } from '../../model/environment/orders';
import { machineStep, taskStep, type NodeMachine, type RunTask } from '../../model/environment/run';
import { agentId, instanceId } from '../../model/ids';
import { endStep, startAttempt, stepNamed } from '../../model/lifecycle';
import { newAgent, viewAgentDetail, type AgentInput } from '../../model/services/agent_state';
import { agent } from '../agent/agent';
import { effects } from '../lifecycle/effects';
import { publish } from '../lifecycle/publish';
import { now } from '../lifecycle/run';
import { runStep } from '../lifecycle/run_step';
import { startLifecycle } from '../lifecycle/start_lifecycle';
import { tell } from '../lifecycle/tell';
import { modelledInstance } from './modelled_instance';
import { changeModel } from './change_model';
import type { EnvironmentRun } from './environment_run';

const MACHINE_TIMEOUT_MS = 60_000;

/** Machines one after the other; services as soon as all before them are done, those that do not need one another side by side. */
export async function carryOut(run: EnvironmentRun): Promise<void> {
  const { tasks, machines, removed, released } = run.state.plan!;
  for (const machine of machines) await runStep(run, machineStep(machine), () => takeMachine(run, machine));
  await Promise.all(tasks.map((task, i) => perform(run, task, i)));
  if (removed.length + released.length === 0 || tasks.some((task) => run.state.said[task.path]?.state === 'failed')) return;
  await runStep(run, 'model', async () => {
    if (removed.length > 0) await changeModel(run, removed);
    for (const node of released) await releaseMachine(node);
  });
}

async function takeMachine({ state }: EnvironmentRun, machine: NodeMachine): Promise<void> {
  const act = effects({ summary: `machine for ${machine.node || 'the grid itself'}`, timeoutMs: MACHINE_TIMEOUT_MS });
  const number = await act.takeAgent(machine);
  state.agents[machine.node] = number;
  const input: AgentInput = { number, compute: machine.compute, machine: { cpu: machine.cpu, memMiB: machine.memMiB }, instances: [] };
  const first = newAgent(input, now());
  await ifNew(startLifecycle(agent, {
    state: first, detail: viewAgentDetail(first), input, staticSummary: `agent ${number} for ${machine.node || 'this machine'}`, reuse: 'ALLOW_DUPLICATE',
  }));
}

async function releaseMachine(node: string): Promise<void> {
  const act = effects({ summary: `give back the machine of ${node || 'the grid itself'}`, timeoutMs: MACHINE_TIMEOUT_MS });
  const number = await act.releaseAgent({ node });
  if (number !== null) await tell(agentId(number), 'terminate', {});
}

/** One service does its part; who needs it goes on when it is done, and not at all when it failed. */
async function perform(run: EnvironmentRun, task: RunTask, number: number): Promise<void> {
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
async function order({ state }: EnvironmentRun, { path, verb, node, checksum, action }: RunTask, number: number): Promise<void> {
  const { start, reinstall, args } = state.request;
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

async function ifNew(started: Promise<void>): Promise<boolean> {
  try {
    await started;
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return false;
  }
}
