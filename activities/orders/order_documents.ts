import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { ClusterDocument } from '../../model/cluster_views';
import { clusterId, computeId, productId } from '../../model/ids';
import { isThere } from '../../model/product_state';
import type { ComputeDocument, LaunchOrder, ProductState } from '../../model/messages';
import { ProblemError } from '../problem_error';
import { problem } from '../../model/errors';

async function documentOf<D>(client: Client, id: string, notFound: ReturnType<typeof problem>): Promise<D> {
  try {
    return await client.workflow.getHandle(id).query<D>('document');
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new ProblemError(notFound);
    throw error;
  }
}

export async function productOf(client: Client, { product, version }: LaunchOrder): Promise<ProductState> {
  const notFound = problem(404, 'product_not_found', `there is no product ${product} ${version}`, 'List them: GET /bigdata/api/v1/products, or `grid products`.', { error: 'Key not found' });
  const state = await documentOf<ProductState>(client, productId(product, version), notFound);
  if (!isThere(state)) throw new ProblemError(notFound);
  return state;
}

export const computeOf = (client: Client, name: string): Promise<ComputeDocument> =>
  documentOf(client, computeId(name),
    problem(400, 'compute_not_found', `there is no compute ${name}`, 'List them: GET /api/v1/computes, or `grid computes`.', { field: 'compute' }));

export const clusterOf = (client: Client, { user, product, version }: LaunchOrder, number: number): Promise<ClusterDocument> => {
  const id = clusterId({ user, product, version, number });
  return documentOf(client, id, problem(404, 'cluster_not_found', `there is no ${id}`, 'List them: GET /bigdata/api/v1/clusters, or `grid clusters`.', { error: 'Key not found' }));
};
