import { serviceOf } from './check_task';
import { dataAfter, type PlannedService } from './planner_state';
import type { Task } from './task';

/** What an install or an update asks of the grid. */
export interface InstallWish {
  /** Names the recipe may have, the likeliest first (DESIGN §11). */
  candidates: string[];
  /** Answers to its questions and values for its parameters. */
  data: Record<string, string>;
  /** Where its machines are to come from, when that is said. */
  compute?: string;
}

/** What has to be read before this task can be planned; nothing for one that needs no recipe. */
export function installWishOf(known: PlannedService | undefined, task: Task): InstallWish | undefined {
  const candidates = candidatesOf(task, known?.recipe.name);
  return candidates && { candidates, data: dataAfter(known, task), ...computeNamed(task) };
}

/** Where a service runs is said once, when it is installed. */
const computeNamed = (task: Task): { compute?: string } =>
  task.task === 'install_service_task' && typeof task.compute === 'string' ? { compute: task.compute } : {};

/** DESIGN §11: the field `recipe`, else one named like `display_name`, else like the last part of `service_id`. */
function candidatesOf(task: Task, had: string | undefined): string[] | undefined {
  const named = typeof task.recipe === 'string' ? [task.recipe] : undefined;
  if (task.task === 'install_service_task') return named ?? [...new Set([String(task.display_name ?? ''), serviceOf(task)])].filter(Boolean);
  if (task.task === 'update_service_task' && task.rollback !== true) return named ?? (had ? [had] : undefined);
  return undefined;
}
