import { defineUpdate, setHandler } from '@temporalio/workflow';
import { objection, refuseSimilar, serviceOf } from '../../model/services/check_task';
import type { NewTask, TaskAccepted } from '../../model/services/messages';
import { refuseRule } from '../../model/services/put_rule';
import type { Task } from '../../model/services/task';
import { effects } from '../lifecycle/effects';
import { fail, objectTo, problemOf } from '../lifecycle/fail';
import { remember, repeated } from '../lifecycle/handle_verbs';
import { publish } from '../lifecycle/publish';
import type { CapacityRun } from './capacity_run';

const READ_TIMEOUT_MS = 5_000;

/** Rules as users post them. Whether there is such a service is asked while they wait, since only the deployment planner knows. */
export function handleTasks(run: CapacityRun): void {
  const { state } = run;
  const refuse = (task: Task) => refuseSimilar(state.pending, task) ?? refuseRule(task);
  setHandler(
    defineUpdate<TaskAccepted, [NewTask]>('new_task'),
    async ({ task }) => {
      const accepted = () => ({ id: state.id, revision: state.revision });
      if (repeated(state)) return accepted();
      if (!(await isWanted(task))) objectTo(objection(undefined, task));
      objectTo(refuse(task));
      if (remember(state)) state.pending.push(task);
      publish(run);
      return accepted();
    },
    { validator: ({ task }: NewTask) => objectTo(repeated(state) ? undefined : refuse(task)) },
  );
}

async function isWanted(task: Task): Promise<boolean> {
  const service = serviceOf(task);
  try {
    return await effects({ summary: `is there a service ${service}`, timeoutMs: READ_TIMEOUT_MS, attempts: 2 }).isServiceWanted(service);
  } catch (error) {
    throw fail(problemOf(error));
  }
}
