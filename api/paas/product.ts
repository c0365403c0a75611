import { problem, type Problem } from '../../model/errors';
import { productId } from '../../model/ids';
import type { Summary } from '../../model/lifecycle';
import type { ProductState } from '../../model/messages';
import type { ProductDocument } from '../../model/product';
import { isThere } from '../../model/product_state';
import { raise } from '../../model/raise';
import type { Grid } from '../http/grid';
import { askDocument, document } from '../temporal/document';
import { problemOf } from '../temporal/failures';

export interface ProductName {
  product: string;
  version: string;
}

/** As `isThere`, from the summary. */
export const isRegistered = ({ detail }: Summary): boolean => Number(detail.documentRevision) > 0;

export const noProduct = ({ product, version }: ProductName): Problem =>
  problem(404, 'product_not_found', `Key not found: products/${product}/${version}`, 'GET /bigdata/api/v1/products lists what there is.', { error: 'Key not found' });

/** @throws Problem 404 without such a product, 503 when no worker answers */
export const readProduct = (grid: Grid, name: ProductName): Promise<ProductDocument> =>
  namingProduct(name, async () => registered(name, await document<ProductState>(grid, productId(name.product, name.version))));

/** The product, or undefined when no worker answers. */
export const askProduct = (grid: Grid, name: ProductName): Promise<ProductDocument | undefined> =>
  namingProduct(name, async () => {
    const asked = await askDocument<ProductState>(grid, productId(name.product, name.version));
    return asked.answered ? registered(name, asked.document) : undefined;
  });

const registered = (name: ProductName, state: ProductState): ProductDocument => (isThere(state) ? state.document : raise(noProduct(name)));

/** Says it in the words of the seed when there is no such product. */
export async function namingProduct<T>(name: ProductName, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (problemOf(error)?.code === 'not_found') raise(noProduct(name));
    throw error;
  }
}
