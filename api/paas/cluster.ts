import { problem, type Problem } from '../../model/errors';
import { clusterDn, type ClusterKey } from '../../model/ids';
import { raise } from '../../model/raise';
import { problemOf } from '../temporal/failures';

const noCluster = (key: ClusterKey): Problem =>
  problem(404, 'cluster_not_found', `Key not found: ${clusterDn(key)}`, 'GET /bigdata/api/v1/clusters lists what there is.', { error: 'Key not found' });

/** Says it in the words of the seed when there is no such cluster. */
export async function namingCluster<T>(key: ClusterKey, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (problemOf(error)?.code === 'not_found') raise(noCluster(key));
    throw error;
  }
}
