import type { Machine, MachineDeath, MachineExit, MachineSpec } from '../machine';
import { holdsOf } from '../machine';
import type { PartitionPolicy, TaskNews, TaskPlace } from './messages';
import type { TaskState } from './protocol';

/** The task of one machine, from the wish for it to its end. Machines keep their names, tasks have one for each attempt. */
export interface Task {
  spec: MachineSpec;
  attempt: number;
  /** How often it was launched in a row without coming to run. */
  tries: number;
  /** `lost`: Mesos does not know what became of it; it may come back. */
  phase: 'wanted' | 'launching' | 'running' | 'lost' | 'over';
  at?: TaskPlace;
  startedAt?: string;
  /** Set once it shall end. */
  graceMs?: number;
  exit?: MachineExit;
  lastOutput?: string;
  /** Why, in Mesos' words. */
  said?: string;
  /** Whoever has it was told of its end, or ended it. */
  isTold?: true;
}

export const taskId = ({ spec, attempt }: Pick<Task, 'spec' | 'attempt'>): string => `${spec.id}.${attempt}`;

/** @returns the machine's id and the attempt; undefined for what is no task of ours */
export function readTaskId(task: string): { machine: string; attempt: number } | undefined {
  const [, machine, attempt] = /^(.+)\.(\d+)$/.exec(task) ?? [];
  return machine && attempt ? { machine, attempt: Number(attempt) } : undefined;
}

const ENDED: readonly TaskState[] = ['TASK_FINISHED', 'TASK_FAILED', 'TASK_KILLED', 'TASK_ERROR', 'TASK_DROPPED', 'TASK_GONE', 'TASK_GONE_BY_OPERATOR'];

export const isEnd = (state: TaskState): boolean => ENDED.includes(state);

/** It is there, or may be. */
export const mayRun = ({ phase }: Task): boolean => phase === 'launching' || phase === 'running';

/** Such a task may run, and be seen again. */
const UNKNOWN: readonly TaskState[] = ['TASK_LOST', 'TASK_UNREACHABLE', 'TASK_UNKNOWN'];

/** Takes what Mesos says of a task: twice, late and in any order. What is over stays so, except where it was only lost. */
export function noteNews(task: Task, news: TaskNews, partition: PartitionPolicy, now: string): void {
  const { state } = news;
  if (task.phase === 'over') return;
  // What is to end and is nowhere has ended; what cannot be reached may come back.
  if (isEnd(state) || (task.graceMs !== undefined && UNKNOWN.includes(state) && state !== 'TASK_UNREACHABLE')) return end(task, 'over', news, now);
  if (UNKNOWN.includes(state)) {
    // One that is not heard of is not gone: nothing is told before Mesos itself gives it up.
    if (state === 'TASK_UNREACHABLE' && partition === 'wait') task.said = saidOf(news);
    else end(task, 'lost', news, now);
    return;
  }
  if (state !== 'TASK_RUNNING') return;
  if (task.phase === 'lost') for (const field of ['exit', 'lastOutput', 'said', 'isTold'] as const) delete task[field];
  else if (partition === 'wait') delete task.said;
  task.phase = 'running';
  task.startedAt ??= timeOf(news, now);
}

function end(task: Task, phase: 'lost' | 'over', news: TaskNews, now: string): void {
  Object.assign(task, { phase, said: saidOf(news), exit: { ...exitOf(news.message ?? ''), at: timeOf(news, now) }, lastOutput: news.lastOutput ?? '' });
}

const timeOf = ({ timestamp }: TaskNews, now: string): string => (timestamp === undefined ? now : new Date(timestamp * 1_000).toISOString());

const saidOf = ({ state, reason, message }: TaskNews): string => [state, reason, message && `: ${message}`].filter(Boolean).join(' ').replace(' :', ':').slice(0, 1_000);

const SIGNALS: Record<string, string> = { Killed: 'SIGKILL', Terminated: 'SIGTERM', Interrupt: 'SIGINT', Aborted: 'SIGABRT', Hangup: 'SIGHUP', 'Segmentation fault': 'SIGSEGV' };

/** Executors say how a command ended in words alone. */
export function exitOf(message: string): Pick<MachineExit, 'code' | 'signal'> {
  const [, code] = /(?:exited|ended) with status (\d+)/.exec(message) ?? [];
  const [, signal] = /terminated with signal (.+)/.exec(message) ?? [];
  return { code: code === undefined ? null : Number(code), signal: signal === undefined ? null : (SIGNALS[signal] ?? signal) };
}

/** It ran, or is believed to: rejected ones never did. */
export const everRan = ({ startedAt }: Task): boolean => startedAt !== undefined;

/** It never ran, by no fault of its own. */
export const wasDropped = (task: Task): boolean => (task.phase === 'over' || task.phase === 'lost') && !everRan(task) && /^TASK_(DROPPED|GONE|UNKNOWN|LOST|UNREACHABLE)/.test(task.said ?? '');

export function machineOf(compute: string, task: Task): Machine {
  const { spec, at, exit, lastOutput, startedAt = '', said } = task;
  return {
    id: spec.id, compute, owner: spec.owner, node: spec.node, generation: spec.generation, holds: holdsOf(spec), host: at?.host ?? spec.host ?? '',
    address: spec.networks[0]?.address ?? '', ref: { taskId: taskId(task), ...(at ? { agentId: at.agent } : {}) }, startedAt,
    ...(mayRun(task) ? { state: 'running' } : { state: 'dead', ...(exit ? { exit } : {}), lastOutput: outputOf(lastOutput, said) }),
  };
}

export const deathOf = ({ spec, exit, lastOutput, said }: Task): MachineDeath => ({
  machine: spec.id, owner: spec.owner, node: spec.node, generation: spec.generation, exit: exit!, lastOutput: outputOf(lastOutput, said),
});

/** One that printed nothing: what Mesos says of it is all there is. */
const outputOf = (printed = '', said = ''): string => (printed.trim() ? printed : `Mesos says ${said}`);
