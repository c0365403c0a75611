import { z } from '@hono/zod-openapi';
import { NAME, NAME_RULE } from '../../model/ids';
import { json, jsonBody, seedProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { launchOptions, readOptions } from './launch_options';
import { planAnswer, planQuery } from '../http/plan';
import { answerOrder } from './order';
import { PRODUCT_PATH, productParams } from './paths';

/** P-11: orders a cluster of a product. */
export const launch = endpoint(
  {
    method: 'post', path: PRODUCT_PATH, tag: 'clusters', summary: 'Launch a cluster of a product', params: productParams,
    query: z.object({ compute: z.string().regex(NAME, NAME_RULE).optional(), ...planQuery }), body: jsonBody(launchOptions, false),
    answers: { 200: planAnswer, 202: json('Ordered; Location is its place in the queue', z.object({ url: z.string() })), 400: seedProblem, 404: seedProblem, 409: seedProblem, 413: seedProblem, 422: seedProblem, 503: seedProblem },
  },
  async (c, { params, query: { plan, ...query } }, grid) => answerOrder(c, grid, { user: grid.caller.owner, ...params, ...query, options: await readOptions(c) }, plan),
);
