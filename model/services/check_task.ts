import { problem, type Problem } from '../errors';
import { numbersOn, scaledOn } from './places';
import { serviceNamed, type PendingTask, type PlannerState } from './planner_state';
import { isSimilar, type Task } from './task';
import { NO_MAX, type Wish } from './wish';

export const serviceOf = (task: Task): string => /^\/services\/([^/]+)\/$/.exec(String(task.service_id))?.[1] ?? '';

/** SG-5: equal to one that is still pending but for its time. */
export const refuseSimilar = (pending: readonly Task[], task: Task): Problem | undefined =>
  pending.some((other) => isSimilar(other, task))
    ? problem(409, 'similar_task', 'Similar task already in queue', 'Wait until it was carried out.', { error: 'Duplicate' })
    : undefined;

/**
 * Why the planner cannot do this as things are, in the original's words (`spec` §1.6 c), or undefined. While other
 * tasks of the service are pending the answer is not known yet.
 */
export function refuseTask(state: Pick<PlannerState, 'services' | 'pending'>, task: Task, counted?: boolean): Problem | undefined {
  const service = serviceOf(task);
  if (state.pending.some((p) => serviceOf(p.task) === service)) return undefined;
  return objection(serviceNamed(state, service)?.wish, task, counted);
}

/** The same at the moment when it is carried out. */
export function objection(wish: Wish | undefined, task: Task, counted?: boolean): Problem | undefined {
  if (task.task === 'scale_on_compute_task' && (wish || counted)) return refuseOnCompute(wish, task, counted);
  if (task.task === 'install_service_task') return wish ? problem(409, 'already_installed', `Service ${task.service_id} is already installed`, 'Scale or update it, or uninstall it first.') : refuseNumbers(numbersOf(task));
  if (!wish) return problem(404, 'service_not_found', `Cannot find service ${task.service_id}`, 'Install it first; GET /services/_list shows what there is.');
  if (task.task === 'scale_service_task') return refuseNumbers({ ...wish, planned: Number(task.planned_number_of_instances) }, 'planned_number_of_instances');
  if (task.task === 'put_service_task') return refuseNumbers({ ...wish, ...numbersOf(task) });
  return undefined;
}

/** Nothing goes below none on a compute, whatever the whole service may be. */
function refuseOnCompute(wish: Wish | undefined, task: Task, counted = false): Problem | undefined {
  if (!counted && wish?.counted?.includes(wish.compute)) {
    return problem(409, 'no_recipe', `service ${wish.service} has no recipe: it runs only where a connector of others knows it`, 'Uninstall it and install it with a recipe, or name a compute of such a connector.', { field: 'compute' });
  }
  const { compute, had, number } = onCompute(wish, task);
  if (number < 0) return problem(409, 'none_there', `compute ${compute} has none of service ${serviceOf(task)}`, `Downscale where some are, or scale the service; GET ${task.service_id} shows it.`, { field: 'compute' });
  return wish && number !== had ? refuseNumbers(scaledOn(wish, compute, number, false), 'number') : undefined;
}

/** What is asked of one compute (`scale_on_compute_task`: `by` or `to`), and what is planned there before. */
function onCompute(wish: Wish | undefined, { compute: named, by, to }: Task): { compute: string; had: number; number: number } {
  const compute = String(named);
  const had = (wish && numbersOn(wish)[compute]) ?? 0;
  return { compute, had, number: by === undefined ? Number(to) : had + Number(by) };
}

/** The wish after it. A service that first appears so has no bounds but 0 (DESIGN §11). */
export function wishOnCompute(wish: Wish | undefined, { task, counted }: PendingTask): Wish {
  const service = serviceOf(task);
  const { compute, number } = onCompute(wish, task);
  const from = wish ?? { service, displayName: service, planned: 0, min: 0, max: NO_MAX, compute };
  return scaledOn(from, compute, number, counted === true);
}

type Numbers = Pick<Wish, 'planned' | 'min' | 'max'>;

function numbersOf(task: Task): Numbers {
  const given = { planned: task.planned_number_of_instances, min: task.min_number_of_instances, max: task.max_number_of_instances };
  return Object.fromEntries(Object.entries(given).filter(([, n]) => n !== undefined)) as unknown as Numbers;
}

function refuseNumbers({ planned, min, max }: Numbers, field = 'planned_number_of_instances'): Problem | undefined {
  if (planned > max) return problem(400, 'above_max', `Cannot scale above max number of instances ${max}`, `Ask for ${min} to ${max}, or raise max_number_of_instances.`, { field });
  if (planned < min) return problem(400, 'below_min', `Cannot scale below min number of instances ${min}`, `Ask for ${min} to ${max}, or lower min_number_of_instances.`, { field });
  return undefined;
}
