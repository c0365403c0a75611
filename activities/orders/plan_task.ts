import type { CommandPlan } from '../../model/command_plan';
import { isProblem, type Problem } from '../../model/errors';
import { PLANNER_ID } from '../../model/ids';
import { serviceOf } from '../../model/services/check_task';
import { serviceNamed, type PendingTask, type PlannerDocument } from '../../model/services/planner_state';
import { installWishOf } from '../../model/services/install_wish';
import type { Task } from '../../model/services/task';
import { ProblemError } from '../problem_error';
import type { Surroundings } from '../surroundings';
import { checkInstall } from './check_install';

/**
 * What a task for the deployment planner would do now, as the planner itself says it of the recipe that is read here.
 * @throws ProblemError of the recipe and its data, or why the planner would not take it
 */
export const planTask = (around: Surroundings) => async (task: Task): Promise<CommandPlan> => {
  const planner = around.client.workflow.getHandle(PLANNER_ID);
  const known = serviceNamed(await planner.query<PlannerDocument>('document'), serviceOf(task));
  const wish = installWishOf(known, task);
  const recipe = wish && (await checkInstall(around)(wish));
  // Nothing of its files is planned with.
  const asked: PendingTask = { task, ...(recipe ? { recipe: { ...recipe, files: {} } } : {}) };
  const plan = await planner.query<CommandPlan | Problem, [PendingTask]>('plan', asked);
  if (isProblem(plan)) throw new ProblemError(plan);
  return plan;
};
