import { frameworkId } from '../ids';
import { newLifecycle, type Lifecycle, type StepPlan } from '../lifecycle';
import type { MachineSpec } from '../machine';
import type { FoundTask, FrameworkInput, Launching, Orders, PartitionPolicy, TaskNews, TaskPlace, Wishes } from './messages';
import { isEnd, mayRun, noteNews, readTaskId, taskId, wasDropped, type Task } from './tasks';

/** A framework of Mesos, as long as its compute is defined: the one name under which its tasks run, and all of them. */
export interface FrameworkState extends Lifecycle {
  compute: string;
  connector: string;
  grid: string;
  partition: PartitionPolicy;
  /** How many names were used up: one that Mesos has removed is never taken again. */
  number: number;
  /** Where the master is that leads. */
  master: string;
  /** By machine. */
  tasks: Record<string, Task>;
  /** Tasks that nobody has any more and that may run: they are ended as soon as they can be reached. */
  unwanted: Record<string, TaskPlace>;
  /** Of these Mesos knew nothing any more when they were to be ended; should one be seen again, it is ended. */
  givenUp: string[];
  orders: Orders;
  /** Grows with everything that the subscribed worker has to know. */
  wishes: number;
  /** The compute is removed: so is everything of this framework. */
  isEnding?: true;
  /** Set when Mesos has removed it, until a person says to go on. */
  isRemoved?: true;
  createdAt: string;
  updatedAt: string;
}

export const FRAMEWORK_OPERATIONS = {
  hold: [{ name: 'subscribe', retryable: true, skippable: false, during: 'subscribing' }],
  tear_down: [{ name: 'tear_down', retryable: true, skippable: true, during: 'ending', after: 'removed' }],
} satisfies Record<string, StepPlan[]>;

export const newFramework = (input: FrameworkInput, at: string): FrameworkState => ({
  ...newLifecycle(frameworkId(input.compute), 'framework', '', 'subscribing', at),
  ...input, number: 1, master: '', tasks: {}, unwanted: {}, givenUp: [], orders: { waiting: [], reservations: [] }, wishes: 1, createdAt: at, updatedAt: at,
});

/** Known before Mesos ever heard of it, so that there is no moment in which tasks could run under a name that is not written down. */
export const mesosIdOf = ({ grid, compute, number }: Pick<FrameworkState, 'grid' | 'compute' | 'number'>): string => `service-grid-${grid}-${compute}${number > 1 ? `-${number}` : ''}`;

export const changed = (state: FrameworkState): void => void (state.wishes += 1);

/** A machine that is there stays as it is; a dead one gets another task. */
export function wish(state: FrameworkState, spec: MachineSpec, tries = 1): void {
  const task = state.tasks[spec.id];
  if (task && (task.phase === 'wanted' || mayRun(task))) return;
  if (task?.phase === 'lost' && task.at) state.unwanted[taskId(task)] = task.at;
  state.tasks[spec.id] = { spec, attempt: (task?.attempt ?? 0) + 1, tries, phase: 'wanted' };
  changed(state);
}

/** @returns whether it is gone already */
export function unwish(state: FrameworkState, machine: string, graceMs: number): boolean {
  const task = state.tasks[machine];
  if (!task) return true;
  if (mayRun(task)) {
    if (task.graceMs === undefined || graceMs < task.graceMs) changed(state);
    task.graceMs = Math.min(graceMs, task.graceMs ?? Infinity);
    return false;
  }
  if (task.phase === 'lost' && task.at) state.unwanted[taskId(task)] = task.at;
  delete state.tasks[machine];
  changed(state);
  return true;
}

/** What is told before Mesos is; what nobody wants any more meanwhile is ended. */
export function noteLaunching(state: FrameworkState, { tasks }: Launching): void {
  for (const { machine, attempt, at, host, networks } of tasks) {
    const task = state.tasks[machine];
    if (task?.attempt === attempt && (task.phase === 'wanted' || task.phase === 'launching')) Object.assign(task, { phase: 'launching', at, spec: { ...task.spec, host, networks } });
    else if (task?.attempt !== attempt) state.unwanted[`${machine}.${attempt}`] = at;
  }
  changed(state);
}

/**
 * Takes over what runs under its name and is not known: its Temporal was lost, or somebody ended the workflow before this one. Of a
 * machine that has a task already it is one too many.
 */
export function noteFound(state: FrameworkState, found: readonly FoundTask[]): void {
  for (const { spec, attempt, at, startedAt } of found) {
    const id = taskId({ spec, attempt });
    const task = state.tasks[spec.id];
    if (task?.attempt === attempt || id in state.unwanted || state.givenUp.includes(id)) continue;
    if (task) state.unwanted[id] = at;
    else state.tasks[spec.id] = { spec, attempt, tries: 1, phase: 'running', at, startedAt };
    changed(state);
  }
}

const KEPT = 500;

/** Times that one is launched which Mesos drops before it ran. */
const TRIES = 3;

/** Takes what Mesos says. One that was dropped on its way is launched again: its offers were gone, or its agent. */
export function noteTaskNews(state: FrameworkState, all: readonly TaskNews[], now: string): void {
  for (const news of all) {
    const { machine = '', attempt } = readTaskId(news.task) ?? {};
    const task = state.tasks[machine];
    if (task?.attempt === attempt && task) {
      const wasKilled = task.graceMs !== undefined;
      noteNews(task, news, state.partition, now);
      if (wasKilled && !mayRun(task)) {
        task.isTold = true;
        if (task.phase === 'over' && !isEnd(news.state)) state.givenUp = [...state.givenUp, news.task].slice(-KEPT);
      } else if (wasDropped(task) && task.tries < TRIES) wish(state, task.spec, task.tries + 1);
    } else noteUnwanted(state, news);
  }
}

function noteUnwanted(state: FrameworkState, { task, state: said, agent }: TaskNews): void {
  if (task in state.unwanted) {
    // One that cannot be reached may come back.
    if (!isEnd(said) && said !== 'TASK_LOST' && said !== 'TASK_UNKNOWN') return;
    if (!isEnd(said)) state.givenUp = [...state.givenUp, task].slice(-KEPT);
    delete state.unwanted[task];
    changed(state);
  } else if (said === 'TASK_RUNNING' && agent !== undefined && state.givenUp.includes(task)) {
    state.givenUp = state.givenUp.filter((one) => one !== task);
    state.unwanted[task] = { agent, host: '', address: '', port: 0 };
    changed(state);
  }
}

/** Those whose end nobody asked for, and nobody was told of: never of one that did not come to run, for whoever wants that waits for it. */
export const untold = (state: FrameworkState): Task[] => Object.values(state.tasks).filter((task) => (task.phase === 'over' || task.phase === 'lost') && !task.isTold);

/** Mesos has ended all that it had; a person said to go on under a new name. */
export function beginAnew(state: FrameworkState, now: string): void {
  for (const task of Object.values(state.tasks)) if (mayRun(task)) noteNews(task, { task: taskId(task), state: 'TASK_GONE', message: 'its framework was removed' }, state.partition, now);
  state.unwanted = {};
  state.number += 1;
  delete state.isRemoved;
  changed(state);
}

export function wishesOf({ wishes, orders, tasks, unwanted }: FrameworkState): Wishes {
  const all = Object.values(tasks);
  const running = all.filter((task) => mayRun(task) || task.phase === 'lost');
  return {
    number: wishes, orders,
    launch: all.filter(({ phase }) => phase === 'wanted').map(({ spec, attempt }) => ({ spec, attempt })),
    kill: [
      ...running.flatMap((task) => (task.graceMs === undefined ? [] : [{ task: taskId(task), agent: task.at!.agent, graceMs: task.graceMs }])),
      ...Object.entries(unwanted).map(([task, { agent }]) => ({ task, agent, graceMs: 0 })),
    ],
    known: [
      ...running.map((task) => ({ task: taskId(task), at: task.at! })),
      ...Object.entries(unwanted).map(([task, at]) => ({ task, at })),
    ],
  };
}

export function viewFrameworkDetail({ compute, master, tasks, orders, unwanted }: FrameworkState): Record<string, string | number> {
  const all = Object.values(tasks);
  const gone = Object.keys(unwanted).length;
  return {
    compute, master, tasks: all.length, running: all.filter(({ phase }) => phase === 'running').length, waiting: orders.waiting.length, ...(gone > 0 ? { unwanted: gone } : {}),
  };
}
