import { productId } from '../../model/ids';
import type { PutResult } from '../../model/messages';
import { etagOf } from '../http/conditional';
import type { Ctx, Grid } from '../http/grid';
import { updateIdOf } from '../http/idempotency';
import { problemOf } from '../temporal/failures';
import { sendUpdate } from '../temporal/update';
import { namingProduct, type ProductName } from './product';

/** A template is parsed by a worker before it is taken. */
const WRITE_MS = 10_000;

/**
 * Writes to an existing product.
 * @throws Problem 404 without it; 412, with the header ETag, when it was changed meanwhile; what its check says
 */
export async function updateProduct<A>(c: Ctx, grid: Grid, name: ProductName, update: string, arg: A): Promise<PutResult> {
  const id = productId(name.product, name.version);
  try {
    return await namingProduct(name, () => sendUpdate<PutResult, A>(grid, { id, name: update, arg, updateId: updateIdOf(c), withinMs: WRITE_MS }));
  } catch (error) {
    const said = problemOf(error);
    if (said?.status === 412 && said.evidence) c.header('ETag', etagOf(Number(said.evidence)));
    throw error;
  }
}
