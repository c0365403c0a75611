import { defineQuery, setHandler } from '@temporalio/workflow';
import { ownTasks, type History } from '../../model/services/history';
import type { TaskRecord } from '../../model/services/task';

/** This run's own part of a history; all runs together have the whole. */
export function answerTasks(name: 'tasks' | 'plans', history: () => History): void {
  setHandler(defineQuery<TaskRecord[]>(name), () => ownTasks(history()), { description: 'what this run did, oldest first' });
}
