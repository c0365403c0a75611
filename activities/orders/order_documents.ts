import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { ClusterDocument } from '../../model/cluster_views';
import { clusterId, computeId, productId } from '../../model/ids';
import { isThere } from '../../model/product_state';
import type { ComputeDocument, LaunchOrder, ProductState } from '../../model/messages';
import { allComputes } from '../machines/all_computes';
import { ProblemError, throwProblem } from '../problem_error';
import { problem } from '../../model/errors';

async function findDocument<D>(client: Client, id: string): Promise<D | undefined> {
  try {
    return await client.workflow.getHandle(id).query<D>('document');
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

export async function productOf(client: Client, { product, version }: LaunchOrder): Promise<ProductState> {
  const notFound = problem(404, 'product_not_found', `there is no product ${product} ${version}`, 'List them: GET /bigdata/api/v1/products, or `grid products`.', { error: 'Key not found' });
  const state = await findDocument<ProductState>(client, productId(product, version));
  if (!state || !isThere(state)) throw new ProblemError(notFound);
  return state;
}

/** @throws ProblemError 400 `compute_not_found` with the list; one that was removed is not there */
export async function computeOf(client: Client, name: string): Promise<ComputeDocument> {
  const found = await findDocument<ComputeDocument>(client, computeId(name));
  if (found && found.state !== 'removed') return found;
  const names = (await allComputes(client)).map(({ name: one }) => one).sort();
  throw new ProblemError(problem(400, 'compute_not_found', `there is no compute ${name}`, `Name one of ${names.join(', ')}; \`grid computes\` lists them.`, { field: 'compute' }));
}

export async function clusterOf(client: Client, { user, product, version }: LaunchOrder, number: number): Promise<ClusterDocument> {
  const id = clusterId({ user, product, version, number });
  const found = await findDocument<ClusterDocument>(client, id);
  return found ?? throwProblem(404, 'cluster_not_found', `there is no ${id}`, 'List them: GET /bigdata/api/v1/clusters, or `grid clusters`.', { error: 'Key not found' });
}
