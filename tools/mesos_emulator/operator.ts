import { deactivate, drain, markGone, reactivate } from './agents';
import { viewOffer } from './allocate';
import { nanoseconds, seconds } from './clock';
import { masterInfo, remove } from './frameworks';
import { add, amountOf, sayRanges, shown, type Bag } from './resources';
import { isConnected, tasksOn, type Agent, type Framework, type Master, type Task } from './state';

/** What operators ask and tell a master: the v1 API and the older pages. */

export const VERSION = { version: '1.12.0', build_date: '2026-11-21 09:30:00 UTC', build_time: 1795253400, build_user: 'root', git_sha: 'c1b42f79d' };
const CAPABILITIES = ['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT', 'RESOURCE_PROVIDER', 'RESIZE_VOLUME', 'AGENT_OPERATION_FEEDBACK', 'AGENT_DRAINING', 'TASK_RESOURCE_LIMITS'];

const sum = (bags: readonly Bag[]): Bag => bags.reduce<Bag>((total, bag) => add(total, bag), []);
const offeredOn = (master: Master, of: (one: { agent: string; framework: string }) => boolean) => [...master.offers.values()].filter(of);
const allocated = (tasks: readonly Task[]) => tasks.flatMap((task) => shown(task.resources, task.role, { refined: false }));

export const agentInfo = (id: string | undefined, facts: Agent['port']['facts']) => ({
  hostname: facts.hostname, port: facts.port, resources: shown(facts.resources, undefined, { refined: true }),
  ...(facts.attributes.length > 0 ? { attributes: facts.attributes } : {}), ...(id === undefined ? {} : { id: { value: id } }), checkpoint: true,
});

function viewAgent(master: Master, agent: Agent): object {
  const { facts } = agent.port;
  const tasks = tasksOn(master, agent.id);
  const held = offeredOn(master, (offer) => offer.agent === agent.id);
  return {
    agent_info: agentInfo(agent.id, facts), active: agent.state === 'active' && !agent.deactivated, deactivated: agent.deactivated, version: VERSION.version, pid: `slave(1)@${facts.ip}:${facts.port}`,
    registered_time: nanoseconds(agent.registeredMs), reregistered_time: nanoseconds(agent.registeredMs),
    total_resources: shown(facts.resources, undefined, { refined: false }), allocated_resources: allocated(tasks),
    offered_resources: held.flatMap((offer) => shown(offer.resources, offer.role, { refined: false })), capabilities: CAPABILITIES.map((type) => ({ type })),
    ...(agent.drain ? { drain_info: { state: agent.drain.state, config: { max_grace_period: nanoseconds(agent.drain.graceMs), mark_gone: agent.drain.markGone } }, estimated_drain_start_time: nanoseconds(agent.drain.startedMs) } : {}),
  };
}

function viewFramework(master: Master, framework: Framework): object {
  const held = offeredOn(master, (offer) => offer.framework === framework.id);
  return {
    framework_info: { ...framework.info, failover_timeout: framework.info.failover_timeout ?? 0, checkpoint: framework.info.checkpoint ?? false },
    active: isConnected(framework), connected: isConnected(framework), recovered: false,
    registered_time: nanoseconds(framework.registeredMs), reregistered_time: nanoseconds(framework.registeredMs),
    ...(held.length > 0 ? { offers: held.map((offer) => viewOffer(master, offer, true)) } : {}), allocated_resources: allocated([...framework.tasks.values()]),
    offered_resources: held.flatMap((offer) => shown(offer.resources, offer.role, { refined: false })), offer_constraints: {},
  };
}

const viewTask = ({ info, framework, agent, state, statuses, executor }: Task): object => {
  const last = statuses.at(-1);
  return {
    name: info.name, task_id: info.task_id, framework_id: { value: framework }, ...(executor ? { executor_id: { value: executor } } : {}), agent_id: { value: agent }, state, resources: info.resources, statuses,
    ...(last ? { status_update_state: last.state, ...(last.uuid ? { status_update_uuid: last.uuid } : {}) } : {}), ...(info.labels ? { labels: info.labels } : {}),
  };
};

const there = (master: Master) => [...master.agents.values()].filter(({ state }) => state === 'active' || state === 'disconnected');

type Ask = (master: Master) => object;

const ASKED: Record<string, Ask> = {
  GET_HEALTH: () => ({ get_health: { healthy: true } }),
  GET_VERSION: () => ({ get_version: { version_info: VERSION } }),
  GET_MASTER: (master) => ({ get_master: { master_info: masterInfo(master), start_time: seconds(master.startedMs), elected_time: seconds(master.startedMs) } }),
  GET_AGENTS: (master) => ({ get_agents: { agents: there(master).map((agent) => viewAgent(master, agent)), recovered_agents: [...master.agents.values()].filter(({ state }) => state === 'recovered').map(({ id, port }) => agentInfo(id, port.facts)) } }),
  GET_FRAMEWORKS: (master) => ({ get_frameworks: { frameworks: [...master.frameworks.values()].map((one) => viewFramework(master, one)), completed_frameworks: [...master.completed.values()].map((one) => viewFramework(master, one)) } }),
  GET_TASKS: (master) => {
    const all = [...master.frameworks.values()];
    return { get_tasks: { tasks: all.flatMap(({ tasks }) => [...tasks.values()]).map(viewTask), unreachable_tasks: [...master.unreachable.values()].map(viewTask), completed_tasks: [...all, ...master.completed.values()].flatMap(({ completed }) => completed).map(viewTask) } };
  },
  GET_EXECUTORS: (master) => ({ get_executors: { executors: there(master).flatMap((agent) => [...agent.executors.values()].map(({ info }) => ({ executor_info: info, agent_id: { value: agent.id } }))) } }),
  GET_ROLES: (master) => {
    const roles = [...new Set([...master.frameworks.values()].flatMap((one) => one.roles))].sort();
    return { get_roles: { roles: roles.map((name) => ({
      name, weight: 1, frameworks: [...master.frameworks.values()].filter((one) => one.roles.includes(name)).map(({ id }) => ({ value: id })),
      resources: roleResources(master, name),
    })) } };
  },
  GET_FLAGS: (master) => ({ get_flags: { flags: Object.entries(flagsOf(master)).map(([name, value]) => ({ name, value })) } }),
  GET_METRICS: (master) => ({ get_metrics: { metrics: Object.entries(metricsOf(master)).map(([name, value]) => ({ name, value })) } }),
  GET_QUOTA: () => ({ get_quota: { status: {} } }),
  GET_WEIGHTS: () => ({}),
  GET_MAINTENANCE_STATUS: () => ({ get_maintenance_status: { status: {} } }),
  GET_STATE: (master) => ({ get_state: ['GET_TASKS', 'GET_EXECUTORS', 'GET_FRAMEWORKS', 'GET_AGENTS'].map((type) => ASKED[type]!(master)).reduce((all, one) => ({ ...all, ...one }), {}) }),
};

function roleResources(master: Master, role: string): object[] {
  const held = sum([...[...master.frameworks.values()].flatMap(({ tasks }) => [...tasks.values()]), ...master.offers.values()].filter((one) => one.role === role).map(({ resources }) => resources));
  return ['cpus', 'disk', 'mem'].filter((name) => amountOf(held, name) > 0).map((name) => ({ name, type: 'SCALAR', scalar: { value: amountOf(held, name) } }));
}

const secs = (ms: number) => `${ms / 1_000}secs`;
export const flagsOf = ({ options }: Master): Record<string, string> => ({
  agent_ping_timeout: secs(options.agentPingMs), allocation_interval: secs(options.allocationMs), max_agent_ping_timeouts: String(options.agentPings),
  authenticate_http_frameworks: String(options.secrets !== undefined), hostname: options.hostname, ...(options.offerTimeoutMs === undefined ? {} : { offer_timeout: secs(options.offerTimeoutMs) }),
});

export const metricsOf = (master: Master): Record<string, number> => ({
  'master/elected': 1, 'master/frameworks_active': [...master.frameworks.values()].filter(isConnected).length, 'master/slaves_active': there(master).length,
  'master/outstanding_offers': master.offers.size, 'master/tasks_running': [...master.frameworks.values()].reduce((n, { tasks }) => n + tasks.size, 0),
});

export interface Told {
  status: number;
  text?: string;
  json?: object;
}

const COMMANDS: Record<string, (master: Master, agent: Agent, body: any) => void> = {
  DEACTIVATE_AGENT: (master, agent) => deactivate(master, agent),
  REACTIVATE_AGENT: (master, agent) => reactivate(master, agent),
  DRAIN_AGENT: (master, agent, { max_grace_period, mark_gone }) => drain(master, agent, max_grace_period?.nanoseconds ? max_grace_period.nanoseconds / 1e6 : (max_grace_period?.seconds ?? 0) * 1_000, mark_gone ?? false),
  MARK_AGENT_GONE: (master, agent) => markGone(master, agent),
};

/** One call of the v1 API; subscriptions are not answered here. */
export function answerOperator(master: Master, body: any): Told {
  const { type } = body ?? {};
  if (Object.hasOwn(ASKED, type)) return { status: 200, json: { type, ...ASKED[type]!(master) } };
  const argument = Object.hasOwn(COMMANDS, type) || type === 'TEARDOWN' ? body[type.toLowerCase()] : undefined;
  if (type === 'TEARDOWN' && argument) return teardown(master, argument.framework_id?.value);
  if (!argument) return { status: 400, text: "Failed to validate master::Call: Expecting 'type' to be present" };
  const id = argument.agent_id?.value;
  const agent = master.agents.get(id);
  if (!agent) return { status: 404, text: `Agent '${id}' not found` };
  COMMANDS[type]!(master, agent, argument);
  return { status: 200 };
}

export function teardown(master: Master, id: string | undefined): Told {
  const framework = master.frameworks.get(id ?? '');
  if (!framework) return { status: 400, text: 'No framework found with specified ID' };
  remove(master, framework);
  return { status: 200 };
}

/** Resources as the older pages have them. */
const plain = (bag: Bag): object => {
  const ports = bag.flatMap((resource) => (resource.name === 'ports' && resource.type === 'RANGES' ? resource.ranges.range : []));
  return { disk: amountOf(bag, 'disk'), mem: amountOf(bag, 'mem'), gpus: 0, cpus: amountOf(bag, 'cpus'), ...(ports.length > 0 ? { ports: sayRanges(ports) } : {}) };
};

const oldTask = ({ info, framework, agent, state, statuses, resources, role, executor }: Task): object => ({
  id: info.task_id.value, name: info.name, framework_id: framework, executor_id: executor ?? '', slave_id: agent, state, resources: plain(resources), role,
  statuses: statuses.map(({ state: at, timestamp, container_status: { executor_pid: _p, ...container } = {} }) => ({ state: at, timestamp, ...(Object.keys(container).length > 0 ? { container_status: container } : {}) })),
  ...(info.labels ? { labels: info.labels.labels } : {}),
});

const oldFramework = (master: Master) => (one: Framework): object => ({
  id: one.id, name: one.info.name, user: one.info.user, active: isConnected(one), connected: isConnected(one), recovered: false, failover_timeout: one.info.failover_timeout ?? 0, checkpoint: one.info.checkpoint ?? false,
  capabilities: (one.info.capabilities ?? []).map(({ type }) => type), hostname: '', webui_url: one.info.webui_url ?? '', roles: one.roles, registered_time: seconds(one.registeredMs), unregistered_time: 0,
  used_resources: plain(sum([...one.tasks.values()].map(({ resources }) => resources))), offered_resources: plain(sum(offeredOn(master, ({ framework }) => framework === one.id).map(({ resources }) => resources))),
  resources: plain(sum([...[...one.tasks.values()], ...offeredOn(master, ({ framework }) => framework === one.id)].map(({ resources }) => resources))),
  tasks: [...one.tasks.values()].map(oldTask), unreachable_tasks: [], completed_tasks: one.completed.map(oldTask),
});

function oldAgent(master: Master, agent: Agent): object {
  const { facts } = agent.port;
  return {
    id: agent.id, hostname: facts.hostname, port: facts.port, attributes: Object.fromEntries(facts.attributes.map((one) => [one.name, one.type === 'TEXT' ? one.text.value : one.type === 'SCALAR' ? one.scalar.value : sayRanges(one.ranges.range)])),
    pid: `slave(1)@${facts.ip}:${facts.port}`, registered_time: seconds(agent.registeredMs), reregistered_time: seconds(agent.registeredMs), resources: plain(facts.resources),
    used_resources: plain(sum(tasksOn(master, agent.id).map(({ resources }) => resources))), offered_resources: plain(sum(offeredOn(master, (offer) => offer.agent === agent.id).map(({ resources }) => resources))),
    active: agent.state === 'active' && !agent.deactivated, deactivated: agent.deactivated, version: VERSION.version, capabilities: CAPABILITIES,
  };
}

/** The older pages, by path below `/master`; undefined for one that is not there. */
export function page(master: Master, path: string, query: URLSearchParams): object | undefined {
  const frameworks = () => [...master.frameworks.values()].filter(({ id }) => !query.has('framework_id') || id === query.get('framework_id')).map(oldFramework(master));
  const completed = () => [...master.completed.values()].filter(({ id }) => !query.has('framework_id') || id === query.get('framework_id')).map(oldFramework(master));
  const slaves = () => there(master).map((agent) => oldAgent(master, agent));
  switch (path) {
    case '/slaves': return { slaves: slaves(), recovered_slaves: [] };
    case '/frameworks': return { frameworks: frameworks(), completed_frameworks: completed() };
    case '/tasks': return { tasks: [...master.frameworks.values()].flatMap((one) => [...one.completed, ...one.tasks.values()]).slice(0, Number(query.get('limit') ?? 100)).map(oldTask) };
    case '/flags': return { flags: flagsOf(master) };
    case '/state-summary': return { hostname: master.options.hostname, slaves: slaves(), frameworks: frameworks() };
    case '/state': return { ...VERSION, id: master.options.id, pid: masterInfo(master).pid, hostname: master.options.hostname, leader: masterInfo(master).pid, slaves: slaves(), frameworks: frameworks(), completed_frameworks: completed() };
    default: return undefined;
  }
}
