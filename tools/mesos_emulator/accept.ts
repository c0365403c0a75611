import type { ExecutorInfo, TaskInfo } from '../../model/mesos/protocol';
import { dropOffer, refuse } from './allocate';
import { add, amountOf, claimed, contains, sayResources, shown, subtract, type Bag } from './resources';
import { aware, sayOfTask } from './tasks';
import { can, executorKey, type Agent, type Framework, type Master, type Offer } from './state';

/** Tasks that are launched on what was offered, and those that are not, with the reason. */

export interface Accept {
  offer_ids: { value: string }[];
  operations?: any[];
  filters?: { refuse_seconds?: number };
}

export function accept(master: Master, framework: Framework, { offer_ids = [], operations = [], filters }: Accept): void {
  const ids = offer_ids.map(({ value }) => value);
  const offers = ids.map((id) => master.offers.get(id)).filter((offer): offer is Offer => offer?.framework === framework.id);
  const no = objection(master, framework, ids, offers);
  for (const offer of new Set(offers)) dropOffer(master, offer);
  if (no !== undefined) {
    for (const task of operations.flatMap(tasksOf)) {
      sayOfTask(master, framework, idsOf(task), aware(framework, 'TASK_DROPPED'), { reason: 'REASON_INVALID_OFFERS', message: `Task launched with invalid offers: ${no}` });
    }
    return;
  }
  const first = offers[0];
  if (!first) return;
  const agent = master.agents.get(first.agent)!;
  let left = offers.reduce<Bag>((sum, { resources }) => add(sum, resources), []);
  for (const operation of operations) left = subtract(left, launch(master, framework, agent, first.role, left, operation));
  refuse(master, framework, first, left, filters?.refuse_seconds);
}

const tasksOf = (operation: any): TaskInfo[] => (operation.type === 'LAUNCH' ? (operation.launch?.task_infos ?? []) : operation.type === 'LAUNCH_GROUP' ? (operation.launch_group?.task_group?.tasks ?? []) : []);

const idsOf = ({ task_id, agent_id }: TaskInfo) => ({ id: task_id.value, agent: agent_id.value });

function objection(master: Master, framework: Framework, ids: readonly string[], offers: readonly Offer[]): string | undefined {
  if (ids.length === 0) return 'No offers specified';
  for (const [i, id] of ids.entries()) {
    if (ids.indexOf(id) < i) return `Duplicate offer ${id} in offer list`;
    if (master.offers.get(id)?.framework !== framework.id) return `Offer ${id} is no longer valid`;
  }
  const [first] = offers as [Offer];
  const other = offers.find((offer) => offer.agent !== first.agent);
  if (other) return `Aggregated offers must belong to one single agent. Offer ${other.id} uses agent ${other.agent} and agent ${first.agent}`;
  const role = offers.find((offer) => offer.role !== first.role);
  return role && `Aggregated offers must be allocated to the same role. Offer ${role.id} uses role ${role.role} but another is using role ${first.role}`;
}

/** @returns what is used up by it */
function launch(master: Master, framework: Framework, agent: Agent, role: string, left: Bag, operation: any): Bag {
  if (operation.type === 'LAUNCH_GROUP') return launchGroup(master, framework, agent, role, left, operation.launch_group);
  let used: Bag = [];
  const good: TaskInfo[] = [];
  for (const task of tasksOf(operation)) {
    const claim = claimed(task.resources ?? []);
    const no = refusal(framework, agent, task, good) ?? tooMuch(claim, subtract(left, used), role);
    if (no !== undefined) {
      sayOfTask(master, framework, idsOf(task), 'TASK_ERROR', { reason: 'REASON_TASK_INVALID', message: no });
      continue;
    }
    used = add(used, claim);
    good.push(task);
    note(framework, agent, task, role, claim);
  }
  for (const task of good) agent.port.launch({ framework: { ...framework.info, id: { value: framework.id } }, tasks: [task], role });
  return used;
}

function note(framework: Framework, agent: Agent, info: TaskInfo, role: string, resources: Bag, executor?: string): void {
  framework.tasks.set(info.task_id.value, {
    info: { ...info, resources: shown(resources, can(framework, 'MULTI_ROLE') ? role : undefined, { refined: true }) },
    framework: framework.id, agent: agent.id, role, resources, ...(executor ? { executor } : {}), state: 'TASK_STAGING', statuses: [],
  });
}

function refusal(framework: Framework, agent: Agent, task: TaskInfo, before: readonly TaskInfo[]): string | undefined {
  const id = task.task_id.value;
  if (/[/\\\s]/.test(id) || [...id].some((sign) => sign < ' ') || id === '.' || id === '..') return `'${id}' contains invalid characters`;
  if (task.agent_id.value !== agent.id) return `Task uses invalid agent ${task.agent_id.value} while agent ${agent.id} is expected`;
  if (Boolean(task.command) === Boolean(task.executor)) return 'Task should have at least one (but not both) of CommandInfo or ExecutorInfo present';
  if ((task.resources ?? []).length === 0) return 'Task uses no resources';
  return framework.tasks.has(id) || before.some(({ task_id }) => task_id.value === id) ? `Task has duplicate ID: ${id}` : undefined;
}

const tooMuch = (claim: Bag, available: Bag, role: string): string | undefined =>
  contains(available, claim) ? undefined : `Total resources ${sayResources(claim, role)} required by task and its executor is more than available ${sayResources(available, role)}`;

function launchGroup(master: Master, framework: Framework, agent: Agent, role: string, left: Bag, { executor, task_group }: { executor: ExecutorInfo; task_group: { tasks: TaskInfo[] } }): Bag {
  const tasks = task_group.tasks;
  const own = claimed(executor.resources ?? []);
  const claim = tasks.reduce<Bag>((sum, task) => add(sum, claimed(task.resources ?? [])), own);
  const no = badExecutor(executor, own) ?? tasks.map((task) => badMember(task)).find(Boolean) ?? tooMuch(claim, left, role);
  if (no !== undefined) {
    for (const task of tasks) sayOfTask(master, framework, idsOf(task), 'TASK_ERROR', { reason: 'REASON_TASK_GROUP_INVALID', message: no });
    return [];
  }
  const id = executor.executor_id.value;
  const info = { ...executor, resources: shown(own, can(framework, 'MULTI_ROLE') ? role : undefined, { refined: true }) };
  agent.executors.set(executorKey(framework.id, id), { id, framework: framework.id, resources: own, info });
  for (const task of tasks) note(framework, agent, task, role, claimed(task.resources), id);
  agent.port.launch({ framework: { ...framework.info, id: { value: framework.id } }, tasks, executor: info, role });
  return claim;
}

function badExecutor({ executor_id: { value } }: ExecutorInfo, own: Bag): string | undefined {
  const cpus = amountOf(own, 'cpus');
  if (cpus < 0.01) return `Executor '${value}' uses less CPUs (${cpus || 'None'}) than the minimum required (0.01)`;
  const lacks = ['mem', 'disk'].find((name) => amountOf(own, name) <= 0);
  return lacks && `Executor '${value}' uses no ${lacks}`;
}

const badMember = (task: TaskInfo): string | undefined =>
  task.container?.type === 'DOCKER' ? `Task '${task.task_id.value}' is invalid: Docker ContainerInfo is not supported on the task` : undefined;
