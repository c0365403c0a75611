import type { Summary } from '../lifecycle';
import { agentId, serviceId } from '../ids';
import type { PlannerDocument } from './planner_state';
import { agentPath, servicePath } from './task';
import { viewTasks } from './view_task';
import { viewPlan, wishesOf, type SeedDocument } from './views';

/** Summaries of the services and agents that live. */
export interface Running {
  services: readonly Summary[];
  agents: readonly Summary[];
}

interface Difference {
  id: string;
  planned: string;
  actual: string;
  reason: string;
}

/** The plan, what differs from it and why: from what the planner wants, and what services and agents say of themselves. */
export function viewOrchestratorDocument(planner: PlannerDocument, running: Running, base: string): SeedDocument {
  const services = compared(planner.plan.services.map((s) => s.service), serviceId, running.services);
  const agents = compared(plannedAgents(planner), agentId, running.agents);
  const surplusServices = services.surplus.map((s) => base + servicePath(nameIn(s)));
  const surplusAgents = agents.surplus.map((s) => base + agentPath(Number(nameIn(s))));
  return {
    deployment_plan: viewPlan(planner.plan, wishesOf(planner), base),
    service_ids_to_uninstall: surplusServices, agent_ids_to_terminate: surplusAgents,
    differences: [
      ...services.planned.flatMap(({ key, found }) => difference(base + servicePath(key), 'SERVICE_INSTALLED', found)),
      ...agents.planned.flatMap(({ key, found }) => difference(base + agentPath(key), 'AGENT_STARTED', found)),
      ...services.surplus.flatMap((found, i) => difference(surplusServices[i]!, 'SERVICE_UNINSTALLED', found)),
      ...agents.surplus.flatMap((found, i) => difference(surplusAgents[i]!, 'MACHINE_TERMINATED', found)),
    ],
    tasks_history: viewTasks(planner.plans.tasks, base),
  };
}

const plannedAgents = ({ plan }: PlannerDocument): number[] => plan.services.flatMap((s) => s.instances.map((i) => i.agent)).sort((a, b) => a - b);

const nameIn = ({ id }: Summary): string => id.slice(id.indexOf('/') + 1);

function compared<K>(wanted: readonly K[], idOf: (key: K) => string, there: readonly Summary[]) {
  const left = new Map(there.map((summary) => [summary.id, summary]));
  const planned = wanted.map((key) => {
    const found = left.get(idOf(key));
    left.delete(idOf(key));
    return { key, found };
  });
  return { planned, surplus: [...left.values()] };
}

/** Nothing when it is as planned and nothing is the matter with it. */
function difference(id: string, planned: string, found: Summary | undefined): Difference[] {
  if (!found) return [{ id, planned, actual: 'ABSENT', reason: 'it is about to be made' }];
  const [condition] = found.conditions;
  if (found.state === planned && !condition) return [];
  const reason = found.reason ?? (condition ? `${condition.type}: ${condition.reason}` : undefined) ?? (found.step ? `${found.step} is going on` : 'on its way');
  return [{ id, planned, actual: found.state, reason }];
}

const STARTING = ['PLANNED', 'STARTING_MACHINE', 'MACHINE_STARTED'];
const TERMINATING = ['STOPPING_AGENT', 'TERMINATING_MACHINE'];

/** Machines that are on their way in or out, with what they wait for. It has no queue and no history of its own: what it does stands in its agents'. */
export function viewProvisionerDocument(agents: readonly Summary[], base: string): SeedDocument {
  const those = (states: string[]) =>
    agents.filter((a) => states.includes(a.state)).map((a) => ({ agent_id: base + agentPath(Number(nameIn(a))), progress: a.state, ...(a.reason ? { reason: a.reason } : {}) }));
  return { starting_machines: those(STARTING), terminating_machines: those(TERMINATING), tasks_history: [] };
}
