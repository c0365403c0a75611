import type { Step } from '../lifecycle';
import type { InstanceVitals } from './agent_protocol';
import { addressOf, type AgentDocument } from './agent_state';
import type { CapacityState } from './capacity_state';
import type { InstanceDocument } from './instance_state';
import type { PlannerDocument } from './planner_state';
import type { ServiceDocument } from './service_state';
import { agentPath, INSTANCE_KEYS, instancePath, ORCHESTRATOR_PATH, PROVISIONER_PATH, servicePath, taskOf, type Task } from './task';
import { viewTask, viewTasks } from './view_task';
import type { Plan, Wish } from './wish';

/** Documents in the form of seed 000: its fields in its order, snake_case, absent instead of null (SG-39), ids under `base`. */
export type SeedDocument = Record<string, unknown>;

const executing = (task: Task | null | undefined, base: string) => (task ? { executing_task: viewTask(task, base) } : {});

/** Config fields of a service, which stand unwrapped in its document and in plans. */
const config = (wish: Wish, base: string) => ({
  display_name: wish.displayName, planned_number_of_instances: wish.planned, max_number_of_instances: wish.max, min_number_of_instances: wish.min,
  service_id: base + servicePath(wish.service),
});

export function viewServiceDocument({ wish, state, instances, history }: ServiceDocument, base: string): SeedDocument {
  const numbers = instances.map((i) => i.instance).sort((a, b) => a - b);
  return {
    ...config(wish, base), progress: state, instance_ids: numbers.map((n) => base + instancePath(wish.service, n)),
    tasks_history: viewTasks(history.tasks, base),
  };
}

/** @param now what its agent measures at this moment; none: what it last told the instance */
export function viewInstanceDocument(document: InstanceDocument, now: InstanceVitals | undefined, base: string): SeedDocument {
  const { state, agent, service, instance, properties, vitals, steps, history } = document;
  const measured = (now ?? vitals)?.values ?? {};
  const set = Object.fromEntries(Object.entries(properties).map(([name, { value }]) => [name, value]));
  const monitored = Object.entries({ ...measured, ...set }).filter(([name]) => !INSTANCE_KEYS.includes(name));
  return {
    progress: state, agent_id: base + agentPath(agent), service_id: base + servicePath(service), ...Object.fromEntries(monitored),
    ...executing(taskNow(INSTANCE_TASKS, steps, agentPath(agent), instancePath(service, instance)), base),
    tasks_history: viewTasks(history.tasks, base),
  };
}

/** @param beatAt when its process last beat; none: what the document says */
export function viewAgentDocument(document: AgentDocument, beatAt: string | undefined, base: string): SeedDocument {
  const { number, state, instances, agentRestarts, machineRestarts, lastSeenAt, steps, history } = document;
  const address = addressOf(document);
  const seenAt = beatAt ?? lastSeenAt;
  return {
    progress: state, ...(address ? { ip_address: address } : {}),
    service_instance_ids: instances.map((i) => base + instancePath(i.service, i.instance)),
    number_of_agent_restarts: agentRestarts, number_of_machine_restarts: machineRestarts,
    ...(seenAt ? { last_ping_source_timestamp: Date.parse(seenAt) } : {}),
    ...executing(taskNow(AGENT_TASKS, steps, PROVISIONER_PATH, agentPath(number)), base),
    tasks_history: viewTasks(history.tasks, base),
  };
}

const INSTANCE_TASKS: Record<string, string> = { install: 'install_service_instance_task', start: 'start_service_instance_task', stop: 'stop_service_instance_task' };
const AGENT_TASKS: Record<string, string> = { start_machine: 'start_machine_task', start_agent: 'start_agent_task', stop_machine: 'terminate_machine_task' };

/** The task that the running step stands for. */
function taskNow(tasks: Record<string, string>, steps: readonly Step[], consumer: string, state: string): Task | undefined {
  const step = steps.find((s) => s.state === 'running');
  const task = step && tasks[step.name];
  return task ? taskOf(task, ORCHESTRATOR_PATH, consumer, state, step.startedAt!) : undefined;
}

/** SG-23, as it was at the seed. */
export function viewPlan(plan: Plan, wishes: readonly Wish[], base: string): SeedDocument {
  const placed = plan.services.flatMap(({ service, instances }) => instances.map(({ instance, agent }) => ({ agent, id: base + instancePath(service, instance) })));
  const agents = [...new Set(placed.map((p) => p.agent))].sort((a, b) => a - b);
  const byService = plan.services.map(({ service, instances }) => [base + servicePath(service), instances.map((i) => base + instancePath(service, i.instance))]);
  return {
    services: wishes.map((wish) => config(wish, base)),
    instance_ids_by_agent_id: Object.fromEntries(agents.map((agent) => [base + agentPath(agent), placed.filter((p) => p.agent === agent).map((p) => p.id)])),
    instance_ids_by_service_id: Object.fromEntries(byService),
  };
}

export const wishesOf = ({ services }: PlannerDocument): Wish[] => Object.values(services).map((s) => s.wish);

export function viewPlannerDocument(document: PlannerDocument, base: string): SeedDocument {
  const { plan, pending, executing: task, history } = document;
  const wishes = wishesOf(document);
  return {
    services: wishes.map((wish) => config(wish, base)), deployment_planning_required: pending.length > 0 || task !== null,
    deployment_plan: viewPlan(plan, wishes, base), next_agent_id: plan.nextAgent,
    ...executing(task, base), tasks_history: viewTasks(history.tasks, base),
  };
}

export function viewCapacityDocument({ rules, executing: task, history }: CapacityState, base: string): SeedDocument {
  const all = Object.entries(rules);
  const recommended = all.flatMap(([, { recommendation }]) => recommendation ?? []);
  return {
    scaling_rule_by_service: Object.fromEntries(all.map(([service, { rule }]) => [base + servicePath(service), {
      property_name: rule.propertyName, high_threshold: rule.high, low_threshold: rule.low,
      cooldown_out_seconds: rule.cooldownOutSeconds, cooldown_in_seconds: rule.cooldownInSeconds, stabilisation_seconds: rule.stabilisationSeconds,
    }])),
    recommendations: recommended.map(({ service, planned, message, at }) => ({ service_id: base + servicePath(service), planned_number_of_instances: planned, message, at })),
    ...executing(task, base), tasks_history: viewTasks(history.tasks, base),
  };
}

/** Tasks on their way to a consumer (SG-8), without the one that is being carried out. */
export const pendingOf = ({ pending, executing: task }: Pick<PlannerDocument, 'pending' | 'executing'>): Task[] => (task ? pending.slice(1) : pending);
