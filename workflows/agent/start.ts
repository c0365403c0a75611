import { condition } from '@temporalio/workflow';
import type { AllocatedMachine } from '../../activities/agent/start_agent_machine';
import { problem } from '../../model/errors';
import { enter, type Step } from '../../model/lifecycle';
import { followed } from '../../model/mesos/followed';
import { isOffered } from '../../model/mesos/is_offered';
import { addressOf, demandOf, machineOf } from '../../model/services/agent_state';
import { effects } from '../lifecycle/effects';
import { fail } from '../lifecycle/fail';
import { publish } from '../lifecycle/publish';
import { reserveRoom } from '../lifecycle/reserve_room';
import { runStep } from '../lifecycle/run_step';
import { now } from '../lifecycle/run';
import type { AgentRun } from './agent_run';
import { meet } from './meet';
import { recordTask } from './record_task';
import { stopMachine } from './stop_machine';

const START_TIMEOUT_MS = 60_000;
/** An agent that has not said anything this long after its machine came up will not. */
const SHORTEST_HELLO_MS = 15_000;
const MACHINES_WITHOUT_AGENT = 3;

/** PLANNED → STARTING_MACHINE → MACHINE_STARTED → AGENT_STARTED (SG-28). */
export async function start(run: AgentRun): Promise<void> {
  await runStep(run, 'place', place(run), 'release');
  await runStep(run, 'start_machine', startMachine(run), 'stop_machine');
  await runStep(run, 'start_agent', startAgent(run));
}

export const place = (run: AgentRun) => async (step: Step) => {
  const { state } = run;
  const { before } = state;
  const demand = { ...demandOf(state), ...(before ? { networks: before.networks, requiredHost: before.host } : {}) };
  const { connector, allocations } = await reserveRoom(run, step, state.compute, [demand]);
  state.place = { connector, allocation: allocations[0]! };
};

export const startMachine = (run: AgentRun) => async () => {
  const { state } = run;
  const act = effects({ summary: `start machine ${machineOf(state)} on ${state.compute}`, step: 'start_machine', timeoutMs: START_TIMEOUT_MS });
  const wanted: AllocatedMachine = {
    compute: state.compute, connector: state.place!.connector, machine: machineOf(state), owner: state.id,
    agent: state.number, generation: state.generation, allocation: state.place!.allocation,
  };
  const { machine, timeoutMs } = await act.startAgentMachine(wanted);
  Object.assign(state, { ref: machine.ref, timeoutMs });
  if (isOffered(state.place!.connector)) state.place!.allocation = followed(state.place!.allocation, machine);
  recordTask(state, 'start_machine_task');
};

/** A machine whose agent says nothing is replaced, some times; then a person has to look (`spec` T17). */
export const startAgent = (run: AgentRun) => async (step: Step) => {
  const { state } = run;
  if (state.before) return meet(run, step);
  const withinMs = Math.max(state.timeoutMs, SHORTEST_HELLO_MS);
  for (let machines = 1; ; machines += 1) {
    step.waitingFor = `the first word of the agent on ${machineOf(state)}`;
    if (await condition(() => state.hello !== null, withinMs, { summary: 'until the agent says hello' })) break;
    state.zombies += 1;
    if (machines === MACHINES_WITHOUT_AGENT) throw fail(silentMachines(run));
    await recycle(run, step);
  }
  state.zombies = 0;
  recordTask(state, 'start_agent_task', { ip_address: addressOf(state) });
};

async function recycle(run: AgentRun, step: Step): Promise<void> {
  const { state } = run;
  step.waitingFor = `another machine: ${machineOf(state)} came up without an agent`;
  publish(run);
  await stopMachine(run)();
  nextMachine(run);
  await startMachine(run)();
  enter(state, 'MACHINE_STARTED', now());
}

/** The agent's next machine; the one before is gone. */
export function nextMachine({ state }: AgentRun): void {
  state.generation += 1;
  state.machineRestarts += 1;
  state.hello = null;
  state.silence = null;
  delete state.before;
}

const silentMachines = ({ state }: AgentRun) =>
  problem(504, 'no_agent', `${state.zombies} machines in a row came up without an agent that says a word`, `Look at what the agent printed (grid logs ${machineOf(state)}) and whether its machine reaches Temporal, then retry.`);
