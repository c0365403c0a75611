import type { TaskRecord } from './task';

/** As many as one run of a workflow keeps of its own; then it goes on in the next run, and this one stays readable. */
const OWN_TASKS = 200;
/** As many as the next run takes along, so that the document shows what happened lately. */
const CARRIED_TASKS = 20;

/** What was done to one thing, oldest first. Complete over all its runs: each run is asked for its own part. */
export interface History {
  tasks: TaskRecord[];
  /** So many at the beginning were done in earlier runs. */
  carried: number;
}

export const noHistory = (): History => ({ tasks: [], carried: 0 });

export const ownTasks = ({ tasks, carried }: History): TaskRecord[] => tasks.slice(carried);

export const isFull = (history: History): boolean => ownTasks(history).length >= OWN_TASKS;

/** What the next run begins with. */
export function carriedHistory({ tasks }: History): History {
  const kept = tasks.slice(-CARRIED_TASKS);
  return { tasks: kept, carried: kept.length };
}

export function record(history: History, task: TaskRecord): void {
  history.tasks.push(task);
}
