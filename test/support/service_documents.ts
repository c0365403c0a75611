import { newAgent, type AgentState } from '../../model/services/agent_state';
import { newInstance, type InstanceState } from '../../model/services/instance_state';
import { newPlanner, type PlannerState } from '../../model/services/planner_state';
import { newService, type ServiceState } from '../../model/services/service_state';
import { agentPath, instancePath, ORCHESTRATOR_PATH, PROVISIONER_PATH, servicePath, taskOf } from '../../model/services/task';
import type { Wish } from '../../model/services/wish';

/** States of an installed service `tomcat` as their workflows have them, made by the model's own functions. */

const T0 = Date.parse('2026-11-21T12:00:00.000Z');
const at = (seconds: number): string => new Date(T0 + seconds * 1000).toISOString();

export const wish: Wish = { service: 'tomcat', displayName: 'tomcat', planned: 1, min: 1, max: 2, compute: 'host' };
const recipe = { name: 'tomcat', checksum: 'abc', files: {}, machine: { cpu: 0.1, memMiB: 128 } };
const place = { connector: 'process:', allocation: { node: 'agent', host: 'host1', cpu: 0.1, memMiB: 128, disks: [], networks: [{ device: 'eth0', network: 'admin', address: '127.77.0.9' }] } };

export function installedService(): ServiceState {
  const state = newService({ wish, instances: [{ instance: 0, agent: 0 }], sequence: 1, making: { recipe, data: { 'param.port': '8080' } } }, at(0));
  state.state = 'SERVICE_INSTALLED';
  state.replan = false;
  state.instances = [{ instance: 0, agent: 0, progress: 'INSTANCE_STARTED', agentProgress: 'AGENT_STARTED', generation: 1, told: 1, up: true, reason: '', blocked: false, leaving: false }];
  const path = servicePath('tomcat');
  const config = { display_name: 'tomcat', planned_number_of_instances: 1, max_number_of_instances: 2, min_number_of_instances: 1, service_id: path };
  state.history.tasks = [
    taskOf('plan_service_task', ORCHESTRATOR_PATH, ORCHESTRATOR_PATH, path, at(1), { ...config, service_instance_ids: [instancePath('tomcat', 0)] }),
    taskOf('service_installed_task', ORCHESTRATOR_PATH, ORCHESTRATOR_PATH, path, at(38)),
  ];
  return state;
}

export function startedInstance(): InstanceState {
  const making = { generation: 1, recipe: { name: 'tomcat', checksum: 'abc' }, data: { 'param.port': '8080' } };
  const state = newInstance({ service: 'tomcat', instance: 0, agent: 0, making }, at(2));
  state.state = 'INSTANCE_STARTED';
  state.at = { machine: 'agent--0-g1', address: '127.77.0.9', host: 'host1' };
  state.vitals = {
    service: 'tomcat', instance: 0, generation: 1, health: 'ok', at: at(40), values: { cpu: 1.5, mem_mib: 120 },
    processes: [{ name: 'tomcat', state: 'running', pid: 4711, restarts: 0 }],
  };
  const path = instancePath('tomcat', 0);
  state.history.tasks = [taskOf('plan_service_instance_task', ORCHESTRATOR_PATH, ORCHESTRATOR_PATH, path, at(32), { service_id: servicePath('tomcat'), agent_id: agentPath(0) })];
  return state;
}

export function startedAgent(): AgentState {
  const state = newAgent({ number: 0, compute: 'host', machine: { cpu: 0.1, memMiB: 128 }, instances: [{ service: 'tomcat', instance: 0 }] }, at(2));
  state.state = 'AGENT_STARTED';
  state.place = structuredClone(place);
  state.hello = { agent: 0, machine: 'agent--0-g1', boot: 'b1', pid: 4700, host: 'host1', address: '127.77.0.9', startedAt: at(34) };
  state.lastSeenAt = at(50);
  state.history.tasks = [
    taskOf('plan_agent_task', ORCHESTRATOR_PATH, ORCHESTRATOR_PATH, agentPath(0), at(32), { service_instance_ids: [instancePath('tomcat', 0)] }),
    taskOf('start_machine_task', ORCHESTRATOR_PATH, PROVISIONER_PATH, agentPath(0), at(33)),
  ];
  return state;
}

export function planned(): PlannerState {
  const state = newPlanner(at(0));
  state.services = { tomcat: { wish, recipe: { name: 'tomcat', checksum: 'abc' }, sequence: 1, data: {}, before: null } };
  state.plan = { services: [{ service: 'tomcat', instances: [{ instance: 0, agent: 0 }] }], nextAgent: 1 };
  state.sequence = 1;
  return state;
}

export { at, T0 };
