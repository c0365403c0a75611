import { machineStep } from '../../model/environment/run';
import { runStep } from '../lifecycle/run_step';
import { adopt } from './adopt';
import { changeModel } from './change_model';
import type { EnvironmentRun } from './environment_run';
import { releaseMachine, startAgent } from './machines';
import { perform } from './perform';

/** Machines one after the other; services as soon as all before them are done, those that do not need one another side by side. */
export async function carryOut(run: EnvironmentRun): Promise<void> {
  if (run.state.request.verb === 'adopt') return adopt(run);
  const { tasks, machines, removed, released } = run.state.plan!;
  for (const machine of machines) await runStep(run, machineStep(machine), async () => void (await startAgent(run, machine)));
  await Promise.all(tasks.map((task, i) => perform(run, task, i)));
  if (removed.length + released.length === 0 || tasks.some((task) => run.state.said[task.path]?.state === 'failed')) return;
  await runStep(run, 'model', async () => {
    if (removed.length > 0) await changeModel(run, { remove: removed, released });
    for (const node of released) await releaseMachine(node);
  });
}
