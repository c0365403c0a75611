import type { TaskState, TaskStatus } from '../../model/mesos/protocol';
import { nanoseconds, seconds } from './clock';
import { can, executorKey, isTerminal, tell, type Agent, type Framework, type Master, type Task } from './state';

/** What becomes of tasks, and who is told. */

/** What the master itself says of a task: nobody acknowledges it. */
export function sayOfTask(master: Master, framework: Framework, task: { id: string; agent?: string }, state: TaskState, more: Partial<TaskStatus>): TaskStatus {
  const status: TaskStatus = {
    task_id: { value: task.id }, state, ...(more.message === undefined ? {} : { message: more.message }), source: 'SOURCE_MASTER',
    ...(more.reason === undefined ? {} : { reason: more.reason }), ...(task.agent === undefined ? {} : { agent_id: { value: task.agent } }),
    timestamp: seconds(master.options.clock.now()), ...(more.container_status ? { container_status: more.container_status } : {}),
    ...(more.unreachable_time ? { unreachable_time: more.unreachable_time } : {}),
  };
  tell(framework, { type: 'UPDATE', update: { status } });
  return status;
}

/** Notes how a task is now: what has ended takes up nothing any more. */
export function noteState(framework: Framework, task: Task, status: TaskStatus): void {
  task.state = status.state;
  task.statuses.push(status);
  if (!isTerminal(status.state)) return;
  framework.tasks.delete(task.info.task_id.value);
  framework.completed.push(task);
  if (framework.completed.length > 50) framework.completed.shift();
}

/** Notes what an agent says of a task, with what it has come to since. */
export function latestState(master: Master, frameworkId: string, status: TaskStatus, latest: TaskStatus): void {
  const framework = master.frameworks.get(frameworkId);
  const task = framework?.tasks.get(status.task_id.value);
  if (framework && task) {
    if (latest !== status) task.statuses.push(status);
    noteState(framework, task, latest);
  }
  for (const operator of master.operators) operator.tell({ type: 'TASK_UPDATED', task_updated: { framework_id: { value: frameworkId }, status, state: latest.state } });
}

/** An agent's status update on its way to the framework. False: nobody hears it now. */
export function forward(master: Master, frameworkId: string, status: TaskStatus): boolean {
  const framework = master.frameworks.get(frameworkId);
  if (!framework?.stream) return false;
  tell(framework, { type: 'UPDATE', update: { status } });
  return true;
}

export function executorEnded(master: Master, agent: Agent, frameworkId: string, executor: string): void {
  agent.executors.delete(executorKey(frameworkId, executor));
  const framework = master.frameworks.get(frameworkId);
  if (framework) tell(framework, { type: 'FAILURE', failure: { agent_id: { value: agent.id }, executor_id: { value: executor }, status: 0 } });
}

/** A task that is not there any more, for all that can be known. */
export function lose(master: Master, framework: Framework, task: Task, state: TaskState, more: Partial<TaskStatus>): void {
  noteState(framework, task, sayOfTask(master, framework, { id: task.info.task_id.value, agent: task.agent }, state, more));
}

export const aware = (framework: Framework, state: TaskState): TaskState => (can(framework, 'PARTITION_AWARE') ? state : 'TASK_LOST');

/** Answers for one task; nothing where an agent that is not back yet may have it. */
export function reconcileOne(master: Master, framework: Framework, id: string, agentId: string | undefined): void {
  const task = framework.tasks.get(id);
  const say = (state: TaskState, message: string, more: Partial<TaskStatus> = {}) =>
    void sayOfTask(master, framework, { id, agent: task?.agent ?? agentId }, state, { reason: 'REASON_RECONCILIATION', message: `Reconciliation: ${message}`, ...more });
  if (task) {
    const { container_status } = task.statuses.at(-1) ?? {};
    return say(task.state, 'Latest task state', container_status ? { container_status } : {});
  }
  const agent = agentId === undefined ? undefined : master.agents.get(agentId);
  const waits = [...master.agents.values()].some(({ state }) => state === 'recovered');
  if (agent?.state === 'recovered' || (!agent && waits)) return;
  if (agent?.state === 'active' || agent?.state === 'disconnected') return say(aware(framework, 'TASK_GONE'), 'Task is unknown to the agent');
  if (agent?.state === 'unreachable') return say(aware(framework, 'TASK_UNREACHABLE'), 'Task is unreachable', { unreachable_time: nanoseconds(agent.unreachableMs!) });
  if (agent?.state === 'gone') return say(aware(framework, 'TASK_GONE_BY_OPERATOR'), 'Task is gone');
  say(aware(framework, 'TASK_UNKNOWN'), 'Task is unknown');
}

export function reconcile(master: Master, framework: Framework, tasks: readonly { task_id: { value: string }; agent_id?: { value: string } }[]): void {
  if (tasks.length > 0) for (const { task_id, agent_id } of tasks) reconcileOne(master, framework, task_id.value, agent_id?.value);
  else for (const id of [...framework.tasks.keys()]) reconcileOne(master, framework, id, undefined);
}

export function kill(master: Master, framework: Framework, call: { task_id: { value: string }; agent_id?: { value: string }; kill_policy?: any }): void {
  const task = framework.tasks.get(call.task_id.value);
  const agent = task && master.agents.get(task.agent);
  if (!task || !agent) return reconcileOne(master, framework, call.task_id.value, call.agent_id?.value);
  if (agent.state === 'active') agent.port.kill(framework.id, call.task_id.value, call.kill_policy);
}

export function acknowledge(master: Master, framework: Framework, { agent_id, task_id, uuid }: { agent_id: { value: string }; task_id: { value: string }; uuid: string }): void {
  const agent = master.agents.get(agent_id.value);
  if (agent?.state === 'active') agent.port.acknowledge(framework.id, task_id.value, uuid);
}
