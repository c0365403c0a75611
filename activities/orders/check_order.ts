import { demandOf } from '../../model/demand';
import { problem } from '../../model/errors';
import type { LaunchOrder } from '../../model/messages';
import { reserve } from '../../model/placement';
import type { Surroundings } from '../surroundings';
import { ProblemError } from '../problem_error';
import { computeOf, productOf } from './order_documents';
import { readOrder, type ReadOrder } from './read_order';

/**
 * Everything that can be known of an order before anything is started: `readOrder`, and whether the compute could
 * hold it when empty. `number` is the cluster number it has, or would get now.
 * @throws ProblemError 400 with the field, 404 for an unknown product.
 */
export const checkOrder = (around: Surroundings) => async ({ order }: { order: LaunchOrder }): Promise<ReadOrder> => {
  const { nextNumber } = await productOf(around.client, order);
  const read = await readOrder(around)({ order, number: order.scale?.number ?? nextNumber[order.user] ?? 1 });
  const { capacity, name, state } = await computeOf(around.client, read.order.compute);
  if (state !== 'ready') return read;
  const fit = reserve({ capacity, reservations: {} }, 'order', read.order.spec.nodes.map(demandOf));
  if (fit.kind === 'granted') return read;
  const { reason, field } = fit.kind === 'impossible' ? fit : { reason: fit.reason, field: 'nodes' };
  throw new ProblemError(
    problem(400, 'does_not_fit', `compute ${name} can never hold this order: ${reason}`, 'Order less, or name another compute.', { error: 'invalid options', field }),
  );
};
