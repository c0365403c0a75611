import { z } from '@hono/zod-openapi';
import type { ClusterDocument } from '../../model/cluster_views';
import { clusterId } from '../../model/ids';
import { json, seedProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { document } from '../temporal/document';
import { namingCluster } from './cluster';
import { CLUSTER_PATH, clusterParams } from './paths';

const node = z.looseObject({
  dn: z.string(), name: z.string(), cpu: z.number(), mem: z.number(), host: z.string(), status: z.string(), address: z.string(),
  disks: z.array(z.object({ name: z.string(), host: z.string() })),
  networks: z.array(z.object({ name: z.string(), address: z.string() })),
});

/** P-15: the nodes of a cluster. */
export const nodes = endpoint(
  {
    method: 'get', path: `${CLUSTER_PATH}/nodes`, tag: 'clusters', summary: 'Nodes of a cluster', params: clusterParams,
    answers: { 200: json('Nodes', z.object({ nodes: z.array(node) })), 404: seedProblem, 503: seedProblem },
  },
  async (c, { params }, grid) => {
    const cluster = await namingCluster(params, () => document<ClusterDocument>(grid, clusterId(params)));
    return c.json({ nodes: cluster.nodes });
  },
);
