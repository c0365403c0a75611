import { agentPath, instancePath, ORCHESTRATOR_PATH, PROVISIONER_PATH, taskOf } from '../../model/services/task';
import type { AgentState, InstanceRef } from '../../model/services/agent_state';
import { record } from '../../model/services/history';
import { now } from '../lifecycle/run';

const OF_PROVISIONER = new Set(['start_machine_task', 'start_agent_task', 'terminate_machine_task', 'terminate_machine_of_non_responsive_agent_task']);
const OF_AGENT = new Set(['mark_agent_as_stopping_task']);

/** Puts what was done into the agent's history, in the words of seed 000 (`spec` §1.2). */
export function recordTask(state: AgentState, task: string, fields: { service_instance_ids?: InstanceRef[]; ip_address?: string } = {}): void {
  const self = agentPath(state.number);
  const consumer = OF_PROVISIONER.has(task) ? PROVISIONER_PATH : OF_AGENT.has(task) ? self : ORCHESTRATOR_PATH;
  const ids = fields.service_instance_ids?.map((i) => instancePath(i.service, i.instance));
  record(state.history, taskOf(task, ORCHESTRATOR_PATH, consumer, self, now(), { ...fields, ...(ids ? { service_instance_ids: ids } : {}) }));
}
