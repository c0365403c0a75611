import { clearCondition } from '../../model/lifecycle';
import { runStep } from '../lifecycle/run_step';
import type { AgentRun } from './agent_run';
import { recordTask } from './record_task';
import { nextMachine, place, startAgent, startMachine } from './start';
import { stopMachine } from './stop_machine';

/** Another machine for a lost one (SG-29): what was on it is installed and started again by its instances. */
export async function replace(run: AgentRun): Promise<void> {
  const { state } = run;
  await runStep(run, 'stop_machine', async () => {
    await stopMachine(run)();
    recordTask(state, 'terminate_machine_of_non_responsive_agent_task');
    nextMachine(run);
  });
  recordTask(state, 'plan_agent_task', { service_instance_ids: state.instances });
  await runStep(run, 'place', place(run), 'release');
  await runStep(run, 'start_machine', startMachine(run), 'stop_machine');
  await runStep(run, 'start_agent', startAgent(run));
  clearCondition(state, 'Unreachable');
}
