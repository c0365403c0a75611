import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { disconnectAgent, noteDrained, register, reregister, unregister } from '../agents';
import type { Clock } from '../clock';
import { claimed } from '../resources';
import type { AgentFacts, AgentPort, Executor, Launch, Master, Task } from '../state';
import { executorEnded, forward, latestState } from '../tasks';
import { begin, kill, loseExecutor, say, type Execution, type Surroundings } from './execution';
import type { Launcher } from './launcher';
import { openUpdates } from './updates';

export interface AgentOptions {
  clock: Clock;
  launcher: Launcher;
  facts: AgentFacts;
  workDir: string;
  images?: readonly string[];
  /** As another master named it; else the first that it registers with does. */
  id?: string;
  /** The master that leads, when there is one. */
  leader(): Master | undefined;
}

/** An agent: the process of Mesos on one simulated host. */
export interface Agent {
  facts: AgentFacts;
  /** Undefined before it ever registered. */
  id(): string | undefined;
  isUp(): boolean;
  workDir: string;
  /** All that it has, ended or not. */
  executions(): readonly Execution[];
  /** Registers with whoever leads now; again, when it did before. */
  join(): void;
  /** `kill -9` of the agent alone: what is checkpointed runs on. */
  lose(): void;
  /** It is started again, with all that it had written down. */
  restart(): void;
  /** Ends as it should: it says good-bye, and comes back as another one. */
  leave(): void;
  /** `kill -9` of one task's executor. */
  killExecutor(task: string): void;
  /** Ends everything that runs here, and says nothing of it. */
  close(): void;
}

const LINGER_MS = 1_000;

export function newAgent({ clock, launcher, facts, workDir, images, id: given, leader }: AgentOptions): Agent {
  let id = given;
  let known = false;
  let up = true;
  const executions = new Map<string, Execution>();
  const ended: Execution[] = [];
  const tasks = new Map<string, Task>();
  /** Tasks that ended while nobody was there to hear of it. */
  const unheard = new Set<Execution>();
  /** Executors whose end is so short ago that they still have their names. */
  const lingering = new Set<string>();
  /** The master that it is registered with. */
  const master = (): Master | undefined => {
    const to = up ? leader() : undefined;
    return id !== undefined && to?.agents.get(id)?.state === 'active' ? to : undefined;
  };
  const key = (framework: string, task: string) => `${framework} ${task}`;
  const record = () => (id === undefined ? undefined : master()?.agents.get(id));
  const updates = openUpdates(clock, (framework, status, latest) => {
    const to = master();
    if (!to) return;
    latestState(to, framework, status, latest);
    forward(to, framework, status);
  });
  const around = (): Surroundings => ({
    clock, launcher, agentId: id!, ip: facts.ip, endpoint: `${facts.ip}:${facts.port}`, images,
    update(execution, status) {
      const framework = execution.framework.id.value;
      const task = execution.task.task_id.value;
      if (!up) return void unheard.add(execution);
      tasks.get(key(framework, task))?.statuses.push(status);
      updates.add(framework, task, status);
    },
    over,
  });

  function over(execution: Execution): void {
    const framework = execution.framework.id.value;
    const task = execution.task.task_id.value;
    executions.delete(key(framework, task));
    tasks.delete(key(framework, task));
    ended.push(execution);
    if (ended.length > 200) ended.shift();
    const own = key(framework, execution.executor);
    if (!execution.parent) {
      lingering.add(own);
      clock.after(LINGER_MS, () => lingering.delete(own));
    } else memberOver(execution);
    const to = master();
    const seen = record();
    if (to && seen) noteDrained(to, seen);
  }

  /** One that fails, or is killed, takes the others of its group with it; the last one its executor. */
  function memberOver(execution: Execution): void {
    const framework = execution.framework.id.value;
    const others = [...executions.values()].filter((one) => one.parent === execution.parent);
    const wasKilled = execution.killed !== undefined;
    if (others.length > 0) {
      const failed = wasKilled || lastStateOf(execution) === 'TASK_FAILED';
      if (failed) others.forEach((one) => kill(around(), one, undefined));
      return;
    }
    clock.after(50, () => {
      shared.delete(execution.parent!);
      const seen = record();
      if (seen) executorEnded(master()!, seen, framework, execution.executor);
    });
  }
  /** Executors that several tasks share, by their containers. */
  const shared = new Map<string, Executor>();
  const states = new Map<Execution, string>();
  const lastStateOf = (execution: Execution) => states.get(execution);

  const port: AgentPort = {
    facts,
    launch: ({ framework, tasks: infos, executor, role }: Launch) => {
      const container = randomUUID();
      if (executor) shared.set(container, { id: executor.executor_id.value, framework: framework.id.value, resources: claimed(executor.resources ?? []), info: executor });
      for (const task of infos) {
        const own = executor?.executor_id.value ?? task.task_id.value;
        const run = join(workDir, 'slaves', id!, 'frameworks', framework.id.value, 'executors', own, 'runs', container);
        const nested = randomUUID();
        const execution: Execution = {
          task, framework, executor: own, role, phase: 'preparing', stop: () => {},
          ...(executor ? { container: nested, parent: container, dir: join(run, 'containers', nested) } : { container, dir: run }),
        };
        if (!executor && lingering.has(key(framework.id.value, own))) {
          clock.after(10, () => say(around(), execution, 'TASK_DROPPED', { by: 'SOURCE_AGENT', reason: 'REASON_TASK_INVALID', message: 'Cannot reuse an already existing executor for a command task' }));
          continue;
        }
        executions.set(key(framework.id.value, task.task_id.value), execution);
        tasks.set(key(framework.id.value, task.task_id.value), { info: task, framework: framework.id.value, agent: id!, role, resources: task.resources.map((one) => ({ ...one, role: one.role ?? '*' })), ...(executor ? { executor: own } : {}), state: 'TASK_STAGING', statuses: [] });
        const watched = around();
        begin({ ...watched, update: (one, status) => { states.set(one, status.state); watched.update(one, status); }, over: (one) => { watched.over(one); states.delete(one); } }, execution);
      }
    },
    kill(framework, task, policy, reason) {
      const execution = executions.get(key(framework, task));
      if (!execution) return;
      const group = execution.parent ? [...executions.values()].filter((one) => one.parent === execution.parent) : [execution];
      for (const one of group) kill(around(), one, policy, reason ? { reason } : {});
    },
    acknowledge: (framework, task, uuid) => updates.acknowledge(framework, task, uuid),
    shutdownExecutor(framework, executor) {
      for (const one of [...executions.values()]) if (one.framework.id.value === framework && one.executor === executor) kill(around(), one, undefined);
    },
    shutdownFramework(framework) {
      updates.forget(framework);
      for (const [at, one] of executions) if (one.framework.id.value === framework) endSilently(at, one);
    },
    tasksOf: (framework) => [...tasks.values()].filter((task) => task.framework === framework),
    resend: (framework) => updates.resend(framework),
  };

  function endSilently(at: string, execution: Execution): void {
    execution.phase = 'over';
    execution.stop();
    execution.running?.signal('SIGKILL');
    executions.delete(at);
    tasks.delete(at);
    ended.push(execution);
  }

  const running = (): { tasks: Task[]; executors: Executor[] } => ({ tasks: [...tasks.values()], executors: [...shared.values()] });

  return {
    facts, workDir, id: () => id, isUp: () => up,
    executions: () => [...executions.values(), ...ended],
    join() {
      const to = up ? leader() : undefined;
      if (!to) return;
      if (id === undefined) id = register(to, port).id;
      else if (known || to.agents.has(id)) reregister(to, port, id, running());
      else register(to, port, id);
      known = true;
    },
    lose() {
      const seen = record();
      const to = master();
      up = false;
      if (to && seen) disconnectAgent(to, seen);
      for (const [at, one] of executions) if (!one.framework.checkpoint) { updates.forget(one.framework.id.value); endSilently(at, one); }
    },
    restart() {
      up = true;
      this.join();
      for (const one of unheard) say(around(), one, 'TASK_FAILED', { by: 'SOURCE_AGENT', reason: 'REASON_EXECUTOR_TERMINATED', message: 'Executor terminated' });
      unheard.clear();
    },
    leave() {
      const seen = record();
      const to = master();
      if (to && seen) unregister(to, seen);
      up = false;
      id = undefined;
      known = false;
      for (const [at, one] of executions) endSilently(at, one);
    },
    killExecutor(task) {
      const one = [...executions.values()].find(({ task: { task_id } }) => task_id.value === task);
      if (one) loseExecutor(around(), one);
    },
    close() {
      for (const [at, one] of executions) endSilently(at, one);
      for (const { framework } of ended) updates.forget(framework.id.value);
    },
  };
}
