import type { Client } from '@temporalio/client';
import type { ComputeDocument } from '../../model/messages';

/** Every compute that is defined now. */
export async function allComputes(client: Client): Promise<ComputeDocument[]> {
  const computes: ComputeDocument[] = [];
  for await (const { workflowId } of client.workflow.list({ query: `GridKind = 'compute' AND ExecutionStatus = 'Running'` })) {
    const compute = await client.workflow.getHandle(workflowId).query<ComputeDocument>('document');
    if (compute.state !== 'removed') computes.push(compute);
  }
  return computes;
}
