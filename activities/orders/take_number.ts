import { productId } from '../../model/ids';
import type { TakeNumber, TakenNumber } from '../../model/messages';
import { untilProcessed } from '../../model/until_processed';
import type { Surroundings } from '../surroundings';

/** The next cluster number of this user (P-23); the same job gets the same number however often it asks. */
export const takeNumber = ({ client }: Surroundings) =>
  ({ product, version, ...wish }: TakeNumber & { product: string; version: string }): Promise<TakenNumber> =>
    untilProcessed(() => client.workflow.getHandle(productId(product, version)).executeUpdate<TakenNumber, [TakeNumber]>('take_number', { args: [wish], updateId: `number-${wish.job}` }));
