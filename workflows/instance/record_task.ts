import { record } from '../../model/services/history';
import type { InstanceState } from '../../model/services/instance_state';
import { agentPath, instancePath, ORCHESTRATOR_PATH, servicePath, taskOf, type TaskRecord } from '../../model/services/task';
import { now } from '../lifecycle/run';

const OF_ORCHESTRATOR = new Set(['plan_service_instance_task', 'service_instance_unreachable_task']);

/** Puts what was done into the instance's history, in the words of seed 000 (`spec` §1.2). */
export function recordTask(state: InstanceState, task: string, failed?: string): void {
  const self = instancePath(state.service, state.instance);
  const ours = OF_ORCHESTRATOR.has(task);
  const fields = task === 'plan_service_instance_task' ? { service_id: servicePath(state.service), agent_id: agentPath(state.agent) } : {};
  const done: TaskRecord = taskOf(task, ORCHESTRATOR_PATH, ours ? ORCHESTRATOR_PATH : agentPath(state.agent), self, now(), fields);
  record(state.history, failed ? { ...done, failed } : done);
}
