import { CancellationScope, condition, proxyActivities } from '@temporalio/workflow';
import { problem } from '../../model/errors';
import type { Step } from '../../model/lifecycle';
import { addressOf, machineOf } from '../../model/services/agent_state';
import { agentQueue, type AgentActivities } from '../../model/services/agent_protocol';
import { fail } from '../lifecycle/fail';
import type { AgentRun } from './agent_run';
import { noteHello } from './handle_messages';
import { recordTask } from './record_task';

const MEET_MS = 60_000;
const ANSWER_MS = 5_000;

/**
 * The agent of a machine that is taken over may have said hello long ago, to another grid: it is asked. One that does not come
 * is waited for by a person: what is on its machine runs, and would not survive another one.
 */
export async function meet(run: AgentRun, step: Step): Promise<void> {
  const { state } = run;
  step.waitingFor = `the agent on ${machineOf(state)}, which was there before`;
  const { probe } = proxyActivities<AgentActivities>({
    taskQueue: agentQueue(state.number), summary: `is agent ${state.number} there?`,
    scheduleToStartTimeout: MEET_MS, startToCloseTimeout: ANSWER_MS, cancellationType: 'TRY_CANCEL', retry: { maximumAttempts: 3 },
  });
  const asking = new CancellationScope({ cancellable: true });
  const asked = asking.run(() => probe()).then((hello) => noteHello(run, hello)).catch(() => undefined);
  await Promise.race([asked, condition(() => state.hello !== null)]);
  asking.cancel();
  if (state.hello === null) {
    throw fail(problem(504, 'no_agent', `the agent on ${machineOf(state)} did not come to this grid within ${MEET_MS / 1000} s; what is on that machine is as it was`,
      'See that no other grid runs on a copy of this environment, and that Temporal is where machines.json says that agents know it; then retry. `repair` gives it another machine, with nothing on it.'));
  }
  delete state.before;
  recordTask(state, 'start_agent_task', { ip_address: addressOf(state) });
}
