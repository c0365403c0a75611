import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { ClusterDocument } from '../../model/cluster_views';
import { launchId } from '../../model/ids';
import { sizeOf, type SeenOfOwner, type Size } from '../../model/quota';
import { livingQuery } from '../../process/visibility';
import type { Surroundings } from '../surroundings';

interface LookAtOwner {
  owner: string;
  /** Orders that were let through. */
  jobs: string[];
  /** Clusters that are known: lists are a moment behind. */
  clusters: string[];
}

/** Which orders of an owner are over, and what his clusters have. The orders first: what one of them made is seen then. */
export const lookAtOwner = ({ client }: Surroundings) => async ({ owner, jobs, clusters }: LookAtOwner): Promise<SeenOfOwner> => {
  const over = await Promise.all(jobs.map(async (job) => ((await isOpen(client, launchId(job))) ? [] : [job])));
  const ids = new Set(clusters);
  for await (const { workflowId } of client.workflow.list({ query: livingQuery({ kind: 'cluster', owner }) })) ids.add(workflowId);
  const seen = await Promise.all([...ids].map(async (id) => [id, await sizeOfCluster(client, id)] as const));
  return {
    over: over.flat(),
    sizes: Object.fromEntries(seen.flatMap(([id, size]) => (size ? [[id, size]] : []))),
    gone: seen.flatMap(([id, size]) => (size ? [] : [id])),
  };
};

async function isOpen(client: Client, id: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(id).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Undefined for one that is not there. */
async function sizeOfCluster(client: Client, id: string): Promise<Size | undefined> {
  if (!(await isOpen(client, id))) return undefined;
  const { nodes } = await client.workflow.getHandle(id).query<ClusterDocument>('document');
  return sizeOf(nodes.filter(({ status }) => status !== 'destroyed').map(({ cpu, mem }) => ({ cpu, memMiB: mem })));
}
