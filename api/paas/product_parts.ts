import type { RouteConfig, z } from '@hono/zod-openapi';
import type { ProductDocument } from '../../model/product';
import { json, nothing, seedProblem } from '../http/answers';
import { answerTagged, etagOf, ifMatch } from '../http/conditional';
import { endpoint, type Endpoint, type Route } from '../http/endpoint';
import type { Ctx } from '../http/grid';
import { PRODUCT_PATH, productParams } from './paths';
import { readProduct } from './product';
import { updateProduct } from './update_product';

interface Part<A> {
  /** Last part of the path. */
  name: string;
  /** What it is, for the page of the API. */
  about: string;
  schema: z.ZodType;
  body: Route['body'];
  /** What GET answers. */
  view: (product: ProductDocument) => unknown;
  /** The update that writes it, and its argument from the request. */
  update: string;
  read: (c: Ctx) => Promise<A>;
}

const refused: RouteConfig['responses'] = { 400: seedProblem, 404: seedProblem, 412: seedProblem, 413: seedProblem, 503: seedProblem };

/** GET and PUT of one part of a product: 200 with ETag, 204. */
export const productPart = <A>({ name, about, schema, body, view, update, read }: Part<A>): Endpoint[] => [
  endpoint(
    {
      method: 'get', path: `${PRODUCT_PATH}/${name}`, tag: 'products', summary: `${about} of a product`, params: productParams,
      answers: { 200: json(about, schema), 304: nothing('As the ETag says'), 404: seedProblem, 503: seedProblem },
    },
    async (c, { params }, grid) => {
      const product = await readProduct(grid, params);
      return answerTagged(c, etagOf(product.revision), view(product));
    },
  ),
  endpoint(
    {
      method: 'put', role: 'admin', path: `${PRODUCT_PATH}/${name}`, tag: 'products', summary: `Put the ${about.toLowerCase()} of a product`, params: productParams, body,
      answers: { 204: nothing('Taken; the ETag is the new one'), 415: seedProblem, ...refused },
    },
    async (c, { params }, grid) => {
      const arg = { ...(await read(c)), ...ifMatch(c) };
      const { revision } = await updateProduct(c, grid, params, update, arg);
      c.header('ETag', etagOf(revision));
      return c.body(null, 204);
    },
  ),
];
