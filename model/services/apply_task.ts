import { isProblem, type Problem } from '../errors';
import { objection, serviceOf } from './check_task';
import { instancesOf, planDeployment, samePlace } from './plan_deployment';
import type { PendingTask, PlannerState } from './planner_state';
import type { Recipe } from './recipe';
import type { Task } from './task';
import type { ServicePlan, Wish } from './wish';

/** Carries out one task: changes wishes and plan, and answers what the service is to be told; a Problem when it cannot be done. */
export function applyTask(state: PlannerState, { task, recipe }: PendingTask): ServicePlan | null | Problem {
  const service = serviceOf(task);
  const known = state.services[service];
  const refused = objection(known?.wish, task);
  if (refused) return refused;
  const before = instancesOf(state.plan, service);
  const wish = wishAfter(known?.wish, service, task);
  const making = makingOf(task, recipe);
  if (task.task === 'uninstall_service_task') delete state.services[service];
  else state.services[service] = { wish, recipe: recipe ?? known!.recipe, sequence: known?.sequence ?? 0 };
  state.plan = planDeployment(Object.values(state.services).map((s) => s.wish), state.plan);
  const instances = instancesOf(state.plan, service);
  const changed = !known || making || JSON.stringify(wish) !== JSON.stringify(known.wish) || !samePlace(before, instances) || task.task === 'uninstall_service_task';
  if (!changed) return null;
  state.sequence += 1;
  if (state.services[service]) state.services[service].sequence = state.sequence;
  return { wish, instances, sequence: state.sequence, ...(making ? { making } : {}), ...(task.task === 'uninstall_service_task' ? { uninstall: true as const } : {}) };
}

export const isRefusal = (outcome: ServicePlan | null | Problem): outcome is Problem => isProblem(outcome);

function wishAfter(wish: Wish | undefined, service: string, task: Task): Wish {
  const from = wish ?? { service, displayName: service, planned: 1, min: 0, max: 1, compute: 'host' };
  return {
    service,
    displayName: String(task.display_name ?? from.displayName),
    planned: Number(task.planned_number_of_instances ?? from.planned),
    min: Number(task.min_number_of_instances ?? from.min),
    max: Number(task.max_number_of_instances ?? from.max),
    compute: wish ? from.compute : String(task.compute ?? from.compute),
  };
}

function makingOf(task: Task, recipe: Recipe | undefined): ServicePlan['making'] {
  if (task.rollback === true) return { rollback: true };
  return recipe ? { recipe, data: (task.data ?? {}) as Record<string, string>, ...(task.task === 'update_service_task' ? { keep: true } : {}) } : undefined;
}
