import { isCancellation, sleep } from '@temporalio/workflow';
import { machineStep, taskStep, type NodeMachine, type RunTask } from '../../model/environment/run';
import { addStep, type Step } from '../../model/lifecycle';
import { onAgent } from '../agent/agent_effects';
import { effects } from '../lifecycle/effects';
import { fail, problemOf } from '../lifecycle/fail';
import { publish } from '../lifecycle/publish';
import { changeModel } from './change_model';
import type { EnvironmentRun } from './environment_run';
import { perform } from './perform';
import { releaseMachine, startAgent } from './machines';
import { tryStep } from './try_step';

const FIND_TIMEOUT_MS = 60_000;
const LIST_TIMEOUT_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A host that was away for so long is asked for again by a person. */
const TRIES = 120;

/** Takes over what is on the machines of nodes, as it is. Each by itself: one that is away holds up no other. */
export async function adopt(run: EnvironmentRun): Promise<void> {
  await Promise.all(run.state.plan!.machines.map((machine) => adoptMachine(run, machine)));
  await changeModel(run, { remove: [], released: [] });
}

const adoptMachine = (run: EnvironmentRun, machine: NodeMachine): Promise<void> => tryStep(run, machineStep(machine), async (step) => {
  if (machine.problem) throw fail(machine.problem);
  await takeOver(run, machine, step);
});

/** What is on a machine only its agent can say. */
async function takeOver(run: EnvironmentRun, machine: NodeMachine, step: Step): Promise<void> {
  const { node } = machine;
  const before = await untilSaid(run, step, () => effects({ summary: `look for the machine of ${node || 'the grid itself'}`, timeoutMs: FIND_TIMEOUT_MS, attempts: 3 }).findAgent(machine));
  if (!before) {
    step.output = `there is no machine of agent ${machine.agent} any more\n`;
    return releaseMachine(node);
  }
  const number = await startAgent(run, machine, before);
  const there = await untilSaid(run, step, () => onAgent(number, { summary: `what is on the machine of ${node || 'the grid itself'}`, step: 'list', timeoutMs: LIST_TIMEOUT_MS }).listInstances());
  const paths = there.filter(({ instance }) => instance === null).map(({ service }) => service).sort();
  step.output = `agent ${number} is there, with ${paths.length} services\n`;
  await Promise.all(paths.map((path) => adoptService(run, { path, after: [], verb: 'adopt', node: node || null })));
}

function adoptService(run: EnvironmentRun, task: RunTask): Promise<void> {
  const { tasks } = run.state.plan!;
  if (!tasks.some(({ path }) => path === task.path)) {
    tasks.push(task);
    addStep(run.state, { name: taskStep(task), retryable: true, skippable: false });
  }
  return perform(run, task, tasks.findIndex(({ path }) => path === task.path));
}

/** Asks again and again, with the reason why it has to. @throws ApplicationFailure with that reason once it was asked often */
async function untilSaid<T>(run: EnvironmentRun, step: Step, ask: () => Promise<T>): Promise<T> {
  for (let tried = 1, pauseMs = FIRST_PAUSE_MS; ; tried += 1, pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await ask();
    } catch (error) {
      if (isCancellation(error) || tried === TRIES) throw error;
      step.waitingFor = problemOf(error).message;
      publish(run);
    }
    await sleep(pauseMs, { summary: 'until it is asked again' });
  }
}
