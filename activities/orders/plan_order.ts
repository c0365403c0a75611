import { planLaunch, type ClusterPlanWish } from '../../model/cluster_plan';
import type { CommandPlan } from '../../model/command_plan';
import type { ClusterOrder } from '../../model/cluster';
import { demandOf } from '../../model/demand';
import { NOTHING_NEW } from '../../model/drain';
import { isProblem, type Problem } from '../../model/errors';
import { clusterId } from '../../model/ids';
import type { ComputeDocument, LaunchOrder } from '../../model/messages';
import { release, reserve } from '../../model/placement';
import { ProblemError } from '../problem_error';
import type { Surroundings } from '../surroundings';
import { checkOrder } from './check_order';
import { computeOf } from './order_documents';

/**
 * What an order would do now, checked like the order itself: a launch by what would be made under the next number, a
 * scale by what its cluster says.
 * @throws ProblemError of the check, or why its cluster would not take it
 */
export const planOrder = (around: Surroundings) => async (order: LaunchOrder): Promise<CommandPlan> => {
  const { order: asked, number } = await checkOrder(around)({ order });
  const key = { user: order.user, product: order.product, version: order.version, number };
  const wish: ClusterPlanWish = { verb: 'scale', order: asked };
  const plan = order.scale ? await around.client.workflow.getHandle(clusterId(key)).query<CommandPlan | Problem, [ClusterPlanWish]>('plan', wish) : planLaunch(key, asked);
  if (isProblem(plan)) throw new ProblemError(plan);
  const waits = whyWaits(await computeOf(around.client, asked.compute), clusterId(key), asked, plan);
  return waits ? { ...plan, also: [...plan.also, waits] } : plan;
};

/** What is to be waited for before there is room; what goes makes room first. */
function whyWaits({ name, capacity, reservations, draining, away, state }: ComputeDocument, owner: string, order: ClusterOrder, { effects }: CommandPlan): string | undefined {
  if (state !== 'ready' && state !== 'draining') return `compute ${name} is ${state}: it waits for that`;
  const held = Object.fromEntries(reservations.map((one) => [one.owner, one]));
  const going = effects.flatMap(({ effect, id }) => (effect === 'remove' ? [id] : []));
  const result = draining && !held[owner] ? { kind: 'waiting', reason: NOTHING_NEW } as const : reserve(release({ capacity, reservations: held }, owner, going), owner, order.spec.nodes.map(demandOf), away);
  return result.kind === 'waiting' ? `compute ${name} has no room for it now, it waits: ${result.reason}` : undefined;
}
