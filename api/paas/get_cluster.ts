import { clusterId } from '../../model/ids';
import { json, seedProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { stalenessOf } from '../http/grid';
import { describe } from '../temporal/describe';
import { namingCluster } from './cluster';
import { clusterEntry, entryOf } from './cluster_entry';
import { CLUSTER_PATH, clusterParams } from './paths';

/** P-14: one cluster. Temporal knows all of it, so it answers while no worker runs. */
export const getCluster = endpoint(
  {
    method: 'get', path: CLUSTER_PATH, tag: 'clusters', summary: 'A cluster', params: clusterParams,
    answers: { 200: json('The cluster', clusterEntry), 404: seedProblem, 503: seedProblem },
  },
  async (c, { params }, grid) => {
    const [described, staleness] = await Promise.all([namingCluster(params, () => describe(grid, clusterId(params))), stalenessOf(grid)]);
    const beat = described.effects.find(({ step }) => step === 'start_machines')?.heartbeat;
    return c.json({ ...entryOf(described.id, described.summary, beat), ...staleness });
  },
);
