import { z } from '@hono/zod-openapi';
import { clusterId } from '../../model/ids';
import { json, seedProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { updateIdOf } from '../http/idempotency';
import { command } from '../temporal/command';
import { problemOf } from '../temporal/failures';
import { namingCluster } from './cluster';
import { CLUSTER_PATH, clusterParams } from './paths';

/** DELETE may be repeated: what is on its way out, or gone, is as the caller wants it. */
const AS_WANTED = ['destroying', 'destroyed'];

/** P-17: takes a cluster down; it stays listed as destroyed. */
export const destroyCluster = endpoint(
  {
    method: 'delete', path: CLUSTER_PATH, tag: 'clusters', summary: 'Destroy a cluster', params: clusterParams,
    answers: { 200: json('It is being destroyed', z.object({ message: z.literal('success') })), 404: seedProblem, 503: seedProblem },
  },
  async (c, { params }, grid) => {
    try {
      await namingCluster(params, () => command(grid, clusterId(params), 'destroy', {}, updateIdOf(c)));
    } catch (error) {
      if (!AS_WANTED.includes(problemOf(error)?.code ?? '')) throw error;
    }
    return c.json({ message: 'success' });
  },
);
