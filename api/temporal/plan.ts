import type { ClusterPlanWish } from '../../model/cluster_plan';
import type { CommandPlan } from '../../model/command_plan';
import { isProblem, type Problem } from '../../model/errors';
import type { MachineAsked } from '../../model/messages';
import { raise } from '../../model/raise';
import { within } from '../../process/within';
import type { Grid } from '../http/grid';
import { checkMayChange } from './command';
import { callMachines } from './machine_call';

/** A template is rendered, or a recipe read. */
const PLAN_MS = 15_000;
const ASK_MS = 3_000;

/** What an order or a task would do: a worker has to read first what it is about. @throws Problem of the check */
export const planByWorker = async (grid: Grid, asked: Extract<MachineAsked, { op: 'plan_order' | 'plan_task' }>): Promise<CommandPlan> =>
  (await callMachines(grid, asked, PLAN_MS)).plan;

/** What destroying a cluster would do, as it says itself. @throws Problem 404 without it, 403 for what only admins change, 503 when nobody answers */
export async function planDestroy(grid: Grid, cluster: string): Promise<CommandPlan> {
  await checkMayChange(grid, cluster);
  const plan = await within(grid, ASK_MS, () => grid.client.workflow.getHandle(cluster).query<CommandPlan | Problem, [ClusterPlanWish]>('plan', { verb: 'destroy' }));
  return isProblem(plan) ? raise(plan) : plan;
}
