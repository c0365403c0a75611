import { keysThatDiffer } from '../cluster_plan';
import { isProblem, type Problem } from '../errors';
import { objection, serviceOf, wishOnCompute } from './check_task';
import { moved, scaledTo } from './places';
import { instancesOf, planDeployment, samePlace } from './plan_deployment';
import { dataAfter, serviceNamed, type PendingTask, type PlannedService, type PlannerState } from './planner_state';
import type { Recipe } from './recipe';
import type { Task } from './task';
import type { Making, ServicePlan, Wish } from './wish';

/**
 * Carries out one task: changes wishes and plan, and answers what the service is to be told, null for nothing; a Problem
 * when it cannot be done.
 * @param remakesSame as was done before: an update to what a service is made of already makes its instances anew
 */
export function applyTask(state: PlannerState, pending: PendingTask, remakesSame = false): ServicePlan | null | Problem {
  const { task, recipe, counted } = pending;
  const service = serviceOf(task);
  const known = serviceNamed(state, service);
  const refused = objection(known?.wish, task, counted);
  if (refused) return refused;
  const before = instancesOf(state.plan, service);
  const wish = wishFor(known?.wish, pending);
  const asked = makingOf(known, task, recipe);
  const making = known && asked && !remakesSame && isSame(known, asked) ? undefined : asked;
  if (task.task === 'uninstall_service_task') delete state.services[service];
  else state.services[service] = { wish, sequence: known?.sequence ?? 0, ...contentAfter(known, making) };
  state.plan = planDeployment(Object.values(state.services).map((s) => s.wish), state.plan);
  const instances = instancesOf(state.plan, service);
  const changed = !known || making || JSON.stringify(wish) !== JSON.stringify(known.wish) || !samePlace(before, instances) || task.task === 'uninstall_service_task';
  if (!changed) return null;
  state.sequence += 1;
  if (task.task !== 'uninstall_service_task') state.services[service]!.sequence = state.sequence;
  return { wish, instances, sequence: state.sequence, ...(making ? { making } : {}), ...(task.task === 'move_service_task' ? { moving: true as const } : {}), ...(task.task === 'uninstall_service_task' ? { uninstall: true as const } : {}) };
}

export const isRefusal = (outcome: ServicePlan | null | Problem): outcome is Problem => isProblem(outcome);

function wishFor(wish: Wish | undefined, pending: PendingTask): Wish {
  const { task } = pending;
  if (task.task === 'scale_on_compute_task') return wishOnCompute(wish, pending);
  return task.task === 'move_service_task' ? moved(wish!, String(task.from), String(task.to)) : wishAfter(wish, serviceOf(task), task);
}

function wishAfter(wish: Wish | undefined, service: string, task: Task): Wish {
  const from = wish ?? { service, displayName: service, planned: 1, min: 0, max: 1, compute: 'host' };
  return {
    ...scaledTo(from, Number(task.planned_number_of_instances ?? from.planned)),
    displayName: String(task.display_name ?? from.displayName),
    min: Number(task.min_number_of_instances ?? from.min),
    max: Number(task.max_number_of_instances ?? from.max),
    compute: wish ? from.compute : String(task.compute ?? from.compute),
  };
}

type Content = Pick<PlannedService, 'recipe' | 'data' | 'before'>;

function makingOf(known: PlannedService | undefined, task: Task, recipe: Recipe | undefined): Making | undefined {
  if (task.rollback === true) return { rollback: true };
  return recipe && { recipe, data: dataAfter(known, task) };
}

const isSame = (known: PlannedService, making: Making): boolean =>
  'recipe' in making && making.recipe.name === known.recipe.name && making.recipe.checksum === known.recipe.checksum && keysThatDiffer(known.data, making.data).length === 0;

function contentAfter(known: PlannedService | undefined, making: Making | undefined): Content {
  const now: Content = { recipe: known?.recipe ?? { name: '', checksum: '' }, data: known?.data ?? {}, before: known?.before ?? null };
  if (!making) return now;
  const before = known ? { recipe: now.recipe, data: now.data } : null;
  if ('rollback' in making) return { ...(now.before ?? now), before };
  return { recipe: { name: making.recipe.name, checksum: making.recipe.checksum }, data: making.data, before };
}
