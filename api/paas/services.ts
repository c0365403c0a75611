import { z } from '@hono/zod-openapi';
import type { ClusterDocument } from '../../model/cluster_views';
import { clusterId } from '../../model/ids';
import { json, seedProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { document } from '../temporal/document';
import { namingCluster } from './cluster';
import { CLUSTER_PATH, clusterParams } from './paths';

const service = z.looseObject({ dn: z.string(), name: z.string(), status: z.string(), nodes: z.array(z.string()) });

/** P-16: the roles of a cluster, which the seed calls services. */
export const services = endpoint(
  {
    method: 'get', path: `${CLUSTER_PATH}/services`, tag: 'clusters', summary: 'Services (roles) of a cluster', params: clusterParams,
    answers: { 200: json('Services', z.object({ services: z.array(service) })), 404: seedProblem, 503: seedProblem },
  },
  async (c, { params }, grid) => {
    const cluster = await namingCluster(params, () => document<ClusterDocument>(grid, clusterId(params)));
    return c.json({ services: cluster.roles });
  },
);
