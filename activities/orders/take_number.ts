import { clusterId, productId } from '../../model/ids';
import type { TakeNumber, TakenNumber } from '../../model/messages';
import { untilProcessed } from '../../model/until_processed';
import { claimRoom } from '../quotas/claim_room';
import type { Surroundings } from '../surroundings';

/** The next cluster number of this user (P-23), under which his quota knows it from now on; the same job gets the same number however often it asks. */
export const takeNumber = ({ client }: Surroundings) => async ({ product, version, ...wish }: TakeNumber & { product: string; version: string }): Promise<TakenNumber> => {
  const { job, user } = wish;
  const taken = await untilProcessed(() => client.workflow.getHandle(productId(product, version)).executeUpdate<TakenNumber, [TakeNumber]>('take_number', { args: [wish], updateId: `number-${job}` }));
  await claimRoom(client, user, { job, cluster: clusterId({ user, product, version, number: taken.number }) });
  return taken;
};
