import { condition } from '@temporalio/workflow';
import { untold } from '../../model/mesos/framework_state';
import { deathOf, everRan } from '../../model/mesos/tasks';
import { tell } from '../lifecycle/tell';
import type { FrameworkRun } from './framework_run';

/** Tells whoever has a task that it ended, at once, until this run ends. */
export async function keepTelling({ state }: FrameworkRun): Promise<void> {
  for (;;) {
    await condition(() => untold(state).length > 0);
    for (const task of untold(state)) {
      if (everRan(task)) await tell(task.spec.owner, 'machineDied', deathOf(task));
      task.isTold = true;
    }
  }
}
