import { planLaunch } from '../../model/cluster_plan';
import { objectToPlan } from '../../model/command_plan';
import { demandOf } from '../../model/demand';
import { problem } from '../../model/errors';
import { clusterId } from '../../model/ids';
import type { LaunchOrder } from '../../model/messages';
import { isOffered } from '../../model/mesos/is_offered';
import { reserve } from '../../model/placement';
import { sizeOf } from '../../model/quota';
import type { Surroundings } from '../surroundings';
import { ProblemError } from '../problem_error';
import { claimRoom } from '../quotas/claim_room';
import { computeOf, productOf } from './order_documents';
import { computeFor, readOrderOf, type ReadOrder } from './read_order';

/**
 * Everything that can be known of an order before anything is started: `readOrder`, and whether the compute could
 * hold it when empty, and the owner's quota. `number` is the cluster number it has, or would get now.
 * @throws ProblemError 400 with the field, 404 for an unknown product; ApplicationFailure 409 `over_quota`
 */
export const checkOrder = (around: Surroundings) => async ({ order }: { order: LaunchOrder }): Promise<ReadOrder> => {
  const { client } = around;
  const { document, nextNumber } = await productOf(client, order);
  // Asked while the template is rendered, which takes as long; what is wrong with the order itself is said first.
  const place = order.scale ? undefined : computeOf(client, computeFor(order, document));
  place?.catch(() => {});
  const read = await readOrderOf(client, document, order, order.scale?.number ?? nextNumber[order.user] ?? 1);
  if (order.planned !== undefined && !order.scale) refuseOtherPlan(order, read, order.planned);
  const { capacity, name, state, connector } = await (place ?? computeOf(client, read.order.compute));
  // On Mesos agents come and go.
  if (state !== 'ready' || isOffered(connector)) return claimed(around, order, read);
  const fit = reserve({ capacity, reservations: {} }, 'order', read.order.spec.nodes.map(demandOf));
  if (fit.kind === 'granted') return claimed(around, order, read);
  const { reason, field } = fit.kind === 'impossible' ? fit : { reason: fit.reason, field: 'nodes' };
  throw new ProblemError(
    problem(400, 'does_not_fit', `compute ${name} can never hold this order: ${reason}`, 'Order less, or name another compute.', { error: 'invalid options', field }),
  );
};

/** The plan of a scale is its cluster's to compare. */
function refuseOtherPlan({ user, product, version }: LaunchOrder, { number, order }: ReadOrder, planned: string): void {
  const objection = objectToPlan(planLaunch({ user, product, version, number }, order), planned);
  if (objection) throw new ProblemError(objection);
}

/** Last of all: only what would be started has its room held for it. */
async function claimed({ client }: Surroundings, order: LaunchOrder, read: ReadOrder): Promise<ReadOrder> {
  const { user, product, version, job, scale } = order;
  const cluster = scale ? clusterId({ user, product, version, number: scale.number }) : null;
  await claimRoom(client, user, { job, cluster, size: sizeOf(read.order.spec.nodes) });
  return read;
}
