import { clearCondition, enter } from '../../model/lifecycle';
import { runStep } from '../lifecycle/run_step';
import { now } from '../lifecycle/run';
import type { AgentRun } from './agent_run';
import { recordTask } from './record_task';
import { release, stopMachine } from './stop_machine';

/** STOPPING_AGENT → TERMINATING_MACHINE → MACHINE_TERMINATED (SG-32); a machine whose agent is silent goes directly (SG-33). */
export async function terminate(run: AgentRun): Promise<void> {
  const { state } = run;
  const silent = state.silence !== null || state.hello === null;
  if (state.steps.every((s) => s.state === 'pending') && !silent) {
    recordTask(state, 'mark_agent_as_stopping_task');
    enter(state, 'STOPPING_AGENT', now());
  }
  await runStep(run, 'stop_machine', async () => {
    await stopMachine(run)();
    recordTask(state, silent ? 'terminate_machine_of_non_responsive_agent_task' : 'terminate_machine_task');
  });
  await runStep(run, 'release', release(run));
  clearCondition(state, 'Unreachable');
  state.silence = null;
}
