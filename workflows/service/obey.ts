import { agentId, instanceId, PLANNER_ID } from '../../model/ids';
import { endOperation, setCondition } from '../../model/lifecycle';
import { isGone, staying } from '../../model/services/difference';
import type { NewTask } from '../../model/services/messages';
import { currentGeneration } from '../../model/services/service_state';
import { ORCHESTRATOR_PATH, PLANNER_PATH, servicePath, taskOf } from '../../model/services/task';
import { now } from '../lifecycle/run';
import { tell } from '../lifecycle/tell';
import type { ServiceRun } from './service_run';
import { startAgent } from './start_missing';

/**
 * What a person decided. Wishes are the planner's: destroy asks it to uninstall, abort to go back to what was last
 * installed. Repair goes to the instances that are not up.
 */
export async function obey(run: ServiceRun): Promise<void> {
  const { state } = run;
  const { interrupt } = state;
  state.interrupt = null;
  if (interrupt === 'repair') await mend(run);
  if (interrupt === 'destroy') await submit(run, 'uninstall_service_task');
  if (interrupt === 'abort') await goBack(run);
}

/** What a person took down is started anew, what is stuck begins again; then the operation looks at all of it again. */
async function mend(run: ServiceRun): Promise<void> {
  const { state } = run;
  const down = staying(state).filter((i) => !i.up);
  state.instances = state.instances.filter((i) => !down.includes(i) || !isGone(i));
  for (const { agent } of down) await startAgent(run, agent);
  await Promise.all(down.flatMap((i) => [tell(agentId(i.agent), 'mend', {}), tell(instanceId(state.service, i.instance), 'mend', {})]));
  for (const one of down) one.blocked = false;
  endOperation(state, 'interrupted', now());
}

async function goBack(run: ServiceRun): Promise<void> {
  const { state } = run;
  const { installed } = state;
  setCondition(state, 'Aborted', 'asked_for', 'the change was aborted', now());
  endOperation(state, 'aborted', now());
  if (!installed) return submit(run, 'uninstall_service_task');
  if (installed.generation > 0 && currentGeneration(state).number !== installed.generation) await submit(run, 'update_service_task', { rollback: true });
  if (state.plan.wish.planned !== installed.planned) await submit(run, 'scale_service_task', { planned_number_of_instances: installed.planned });
}

async function submit({ state }: ServiceRun, task: string, fields: Record<string, unknown> = {}): Promise<void> {
  const wish: NewTask = { task: taskOf(task, ORCHESTRATOR_PATH, PLANNER_PATH, PLANNER_PATH, now(), { service_id: servicePath(state.service), ...fields }) };
  await tell(PLANNER_ID, 'submit', wish);
}
