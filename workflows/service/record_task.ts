import { record } from '../../model/services/history';
import type { ServiceState } from '../../model/services/service_state';
import { instancePath, ORCHESTRATOR_PATH, servicePath, taskOf } from '../../model/services/task';
import { now } from '../lifecycle/run';

/** Puts what was done into the service's history, in the words of seed 000 (`spec` §1.2). */
export function recordTask(state: ServiceState, task: string, fields: Record<string, unknown> = {}): void {
  const { wish, instances } = state.plan;
  const config = {
    display_name: wish.displayName, planned_number_of_instances: wish.planned, max_number_of_instances: wish.max,
    min_number_of_instances: wish.min, service_id: servicePath(wish.service), service_instance_ids: instances.map((i) => instancePath(wish.service, i.instance)),
  };
  const own = task === 'plan_service_task' ? { ...config, ...fields } : fields;
  record(state.history, taskOf(task, ORCHESTRATOR_PATH, ORCHESTRATOR_PATH, servicePath(wish.service), now(), own));
}
