import { runStep } from '../lifecycle/run_step';
import type { InstanceRun } from './instance_run';
import { settled } from './on_machine';
import { awaitAgent, install, phase, specOf, startIt } from './start';

/** The same instance, made of something else: stopped, installed and started again in its place. */
export async function update(run: InstanceRun): Promise<void> {
  await runStep(run, 'await_agent', awaitAgent(run));
  await runStep(run, 'stop', (step) => phase(run, step, 'stop_service_instance_task', 'stop', (act) => act.stopInstance(specOf(run.state))));
  await runStep(run, 'install', install(run), 'remove');
  await runStep(run, 'start', startIt(run), 'stop');
  settled(run);
}
