import type { TaskState, TaskStatus } from '../../model/mesos/protocol';
import { nanoseconds } from './clock';
import { allocate, rescindAll } from './allocate';
import { aware, lose, noteState, sayOfTask } from './tasks';
import { tasksOn, tell, type Agent, type AgentPort, type Executor, type Framework, type Master, type Task } from './state';

/** Agents that come, fall silent, come back, are drained, or are gone for good. */

const frameworkOf = (master: Master, task: Task): Framework => master.frameworks.get(task.framework)!;

export function register(master: Master, port: AgentPort, id = `${master.options.id}-S${master.nextAgent++}`): Agent {
  const agent: Agent = { id, port, state: 'active', deactivated: false, executors: new Map(), registeredMs: master.options.clock.now(), stopPings: () => {} };
  master.agents.set(id, agent);
  allocate(master);
  return agent;
}

/** What an agent that comes back says it runs. */
export interface Running {
  tasks: Task[];
  executors: Executor[];
}

/** An agent that was away, or that another master knew. */
export function reregister(master: Master, port: AgentPort, id: string, running: Running): void {
  const known = master.agents.get(id);
  const agent: Agent = { ...(known ?? { id, deactivated: false, executors: new Map(), registeredMs: master.options.clock.now() }), port, state: 'active', stopPings: () => {} };
  known?.stopPings();
  master.agents.set(id, agent);
  for (const executor of running.executors) agent.executors.set(`${executor.framework} ${executor.id}`, executor);
  for (const task of running.tasks) {
    const framework = master.frameworks.get(task.framework);
    if (!framework) continue;
    const taskId = task.info.task_id.value;
    const wasUnreachable = master.unreachable.delete(`${task.framework} ${taskId}`);
    // What its executor said last is what it is, whatever was believed meanwhile.
    if (!framework.tasks.has(taskId)) framework.tasks.set(taskId, { ...task, state: 'TASK_RUNNING' });
    if (!wasUnreachable) continue;
    const { container_status } = task.statuses.at(-1) ?? {};
    sayOfTask(master, framework, { id: taskId, agent: id }, 'TASK_RUNNING', { reason: 'REASON_AGENT_REREGISTERED', message: 'Unreachable agent re-reregistered', ...(container_status ? { container_status } : {}) });
  }
  // What it does not run any more has ended, and takes up nothing; how, it will say.
  const runs = new Set(running.tasks.map((task) => `${task.framework} ${task.info.task_id.value}`));
  for (const task of tasksOn(master, id)) if (!runs.has(`${task.framework} ${task.info.task_id.value}`)) task.resources = [];
  allocate(master);
  for (const framework of master.frameworks.values()) port.resend(framework.id);
}

/** Its connection broke: tasks that it would not find again are lost at once, all others when its pings are missed. */
export function disconnectAgent(master: Master, agent: Agent): void {
  if (agent.state !== 'active') return;
  agent.state = 'disconnected';
  rescindAll(master, agent.id);
  for (const task of tasksOn(master, agent.id)) {
    const framework = frameworkOf(master, task);
    if (!framework.info.checkpoint) lose(master, framework, task, 'TASK_LOST', { reason: 'REASON_AGENT_DISCONNECTED', message: `Agent ${agent.port.facts.hostname} disconnected` });
  }
  const { clock, agentPingMs, agentPings } = master.options;
  agent.stopPings = clock.after(agentPingMs * (agentPings + 0.7), () => markUnreachable(master, agent));
}

function markUnreachable(master: Master, agent: Agent): void {
  agent.state = 'unreachable';
  agent.unreachableMs = master.options.clock.now();
  for (const task of tasksOn(master, agent.id)) {
    master.unreachable.set(`${task.framework} ${task.info.task_id.value}`, task);
    endTask(master, task, aware(frameworkOf(master, task), 'TASK_UNREACHABLE'), { reason: 'REASON_AGENT_REMOVED', message: 'health check timed out', unreachable_time: nanoseconds(agent.unreachableMs) });
  }
  tellFailure(master, agent.id);
}

function endTask(master: Master, task: Task, state: TaskState, more: Partial<TaskStatus>): void {
  const framework = frameworkOf(master, task);
  const status = sayOfTask(master, framework, { id: task.info.task_id.value, agent: task.agent }, state, more);
  framework.tasks.delete(task.info.task_id.value);
  if (state !== 'TASK_UNREACHABLE') noteState(framework, task, status);
}

function tellFailure(master: Master, agent: string): void {
  for (const framework of master.frameworks.values()) tell(framework, { type: 'FAILURE', failure: { agent_id: { value: agent } } });
}

/** It says good-bye: its tasks are over, whoever they belong to. */
export function unregister(master: Master, agent: Agent): void {
  for (const task of tasksOn(master, agent.id)) {
    endTask(master, task, 'TASK_LOST', { reason: 'REASON_AGENT_REMOVED', message: `Agent ${agent.port.facts.hostname} removed: the agent unregistered` });
  }
  agent.state = 'removed';
  rescindAll(master, agent.id);
  tellFailure(master, agent.id);
  master.agents.delete(agent.id);
}

export function deactivate(master: Master, agent: Agent): void {
  agent.deactivated = true;
  rescindAll(master, agent.id);
}

export function reactivate(_master: Master, agent: Agent): void {
  agent.deactivated = false;
  delete agent.drain;
}

export function drain(master: Master, agent: Agent, graceMs: number, markGone: boolean): void {
  deactivate(master, agent);
  agent.drain = { state: 'DRAINING', graceMs, markGone, startedMs: master.options.clock.now() };
  for (const task of tasksOn(master, agent.id)) {
    agent.port.kill(task.framework, task.info.task_id.value, { grace_period: { nanoseconds: graceMs * 1e6 } }, 'REASON_AGENT_DRAINING');
  }
  noteDrained(master, agent);
}

/** An agent without any task that was to be drained is. */
export function noteDrained(master: Master, agent: Agent): void {
  if (agent.drain?.state !== 'DRAINING' || tasksOn(master, agent.id).length > 0) return;
  agent.drain.state = 'DRAINED';
  if (agent.drain.markGone) markGone(master, agent);
}

export function markGone(master: Master, agent: Agent): void {
  const tasks = tasksOn(master, agent.id);
  agent.state = 'gone';
  agent.stopPings();
  rescindAll(master, agent.id);
  for (const framework of [...master.frameworks.values()]) {
    for (const task of tasks.filter((one) => one.framework === framework.id)) {
      const state = aware(framework, 'TASK_GONE_BY_OPERATOR');
      endTask(master, task, state, { reason: state === 'TASK_LOST' ? 'REASON_AGENT_REMOVED' : 'REASON_AGENT_REMOVED_BY_OPERATOR', message: 'Agent has been marked gone' });
    }
    tell(framework, { type: 'FAILURE', failure: { agent_id: { value: agent.id } } });
    agent.port.shutdownFramework(framework.id);
  }
}
