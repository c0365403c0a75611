import { z } from '@hono/zod-openapi';
import { clusterId } from '../../model/ids';
import { raise } from '../../model/raise';
import { json, jsonBody, seedProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { planAnswer, planQuery } from '../http/plan';
import { over } from '../temporal/command';
import { describe } from '../temporal/describe';
import { namingCluster } from './cluster';
import { launchOptions, readOptions } from './launch_options';
import { answerOrder } from './order';
import { CLUSTER_PATH, clusterParams } from './paths';

/** DESIGN §11: orders new options for a running cluster; only the difference is touched. */
export const scaleCluster = endpoint(
  {
    method: 'patch', path: CLUSTER_PATH, tag: 'clusters', summary: 'Scale a cluster: the options that change', params: clusterParams, query: z.object(planQuery), body: jsonBody(launchOptions),
    answers: { 200: planAnswer, 202: json('Ordered; Location is its place in the queue', z.object({ url: z.string() })), 400: seedProblem, 404: seedProblem, 409: seedProblem, 413: seedProblem, 422: seedProblem, 503: seedProblem },
  },
  async (c, { params, query }, grid) => {
    const options = await readOptions(c);
    const described = await namingCluster(params, () => describe(grid, clusterId(params)));
    if (described.status !== 'RUNNING') raise(over(described, 'scale'));
    const { user, product, version, number } = params;
    return answerOrder(c, grid, { user, product, version, options, scale: { number } }, query.plan);
  },
);
