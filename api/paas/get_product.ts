import { z } from '@hono/zod-openapi';
import { productId } from '../../model/ids';
import { raise } from '../../model/raise';
import { json, nothing, seedProblem } from '../http/answers';
import { answerTagged, etagOf } from '../http/conditional';
import { endpoint } from '../http/endpoint';
import { findDescribed } from '../temporal/describe';
import { stale } from './cluster_entry';
import { PRODUCT_PATH, productParams } from './paths';
import { askProduct, isRegistered, noProduct, type ProductName } from './product';

const schema = z.object({
  dn: z.string(), name: z.string(), version: z.string(), description: z.string(), logo_url: z.string(),
  stale,
});

const dnOf = ({ product, version }: ProductName) => `products/${product}/${version}`;

/** P-4: what a product is. */
export const getProduct = endpoint(
  {
    method: 'get', path: PRODUCT_PATH, tag: 'products', summary: 'A product', params: productParams,
    answers: { 200: json('The product', schema), 304: nothing('As the ETag says'), 404: seedProblem, 503: seedProblem },
  },
  async (c, { params }, grid) => {
    const product = await askProduct(grid, params);
    if (product) {
      const { name, version, description, logoUrl, revision } = product;
      return answerTagged(c, etagOf(revision), { dn: dnOf(params), name, version, description, logo_url: logoUrl });
    }
    const summary = (await findDescribed(grid, productId(params.product, params.version)))?.summary;
    if (!summary || !isRegistered(summary)) raise(noProduct(params));
    const { description, logoUrl } = summary.detail;
    return c.json({ dn: dnOf(params), name: params.product, version: params.version, description, logo_url: logoUrl, stale: true });
  },
);
