import { condition, isCancellation } from '@temporalio/workflow';
import type { Step } from '../../model/lifecycle';
import type { InstanceSpec } from '../../model/services/agent_protocol';
import type { InstanceState } from '../../model/services/instance_state';
import { serviceId } from '../../model/ids';
import { onAgent } from '../agent/agent_effects';
import { publish } from '../lifecycle/publish';
import { runStep } from '../lifecycle/run_step';
import { problemOf } from '../lifecycle/fail';
import type { InstanceRun } from './instance_run';
import { ACTION_TIMEOUT_MS, PHASE_TIMEOUT_MS, settled } from './on_machine';
import { recordTask } from './record_task';

/** PLANNED → INSTALLING_INSTANCE → INSTANCE_INSTALLED → STARTING_INSTANCE → INSTANCE_STARTED (SG-28). */
export async function start(run: InstanceRun): Promise<void> {
  await runStep(run, 'await_agent', awaitAgent(run));
  await runStep(run, 'install', install(run), 'remove');
  await runStep(run, 'start', startIt(run), 'stop');
  settled(run);
}

export const awaitAgent = (run: InstanceRun) => async (step: Step) => {
  const { state } = run;
  if (state.at) return;
  step.waitingFor = `agent ${state.agent}`;
  publish(run);
  await condition(() => state.at !== null);
};

export const specOf = (state: InstanceState): InstanceSpec => ({
  service: state.service, instance: state.instance, generation: state.making.generation, recipe: state.making.recipe,
  source: serviceId(state.service), data: state.making.data, actionTimeoutMs: ACTION_TIMEOUT_MS,
});

export const install = (run: InstanceRun) => (step: Step) =>
  phase(run, step, 'install_service_instance_task', 'install', (act) => act.installInstance(specOf(run.state)));

export const startIt = (run: InstanceRun) => (step: Step) =>
  phase(run, step, 'start_service_instance_task', 'start', (act) => act.startInstance(specOf(run.state)));

/** One phase on the agent, with its place in the history. */
export async function phase(
  run: InstanceRun, step: Step, task: string, name: string, work: (act: ReturnType<typeof onAgent>) => Promise<{ output: string }>,
): Promise<void> {
  const { state } = run;
  const act = onAgent(state.agent, { summary: `${name} ${state.service}/${state.instance}`, step: name, timeoutMs: PHASE_TIMEOUT_MS });
  try {
    const { output } = await work(act);
    if (output) step.output = output;
  } catch (error) {
    if (!isCancellation(error)) recordTask(state, task, problemOf(error).message);
    throw error;
  }
  recordTask(state, task);
}
