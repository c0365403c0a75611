import type { Client } from '@temporalio/client';
import { CAPACITY_RUN } from '../../model/services/capacity_state';

/** More than one look makes, so that what a pause of deleting left behind goes too. */
const AT_ONCE = 20;

/** Deletes runs of the capacity planner that ended and began before that; one that is gone already is fine. */
export async function deleteOldRuns(client: Client, before: Date): Promise<void> {
  const { namespace } = client.options;
  const query = `WorkflowType = '${CAPACITY_RUN}' AND StartTime < '${before.toISOString()}' AND ExecutionStatus != 'Running'`;
  const { executions } = await client.workflowService.listWorkflowExecutions({ namespace, query, pageSize: AT_ONCE });
  await Promise.all(executions.map(({ execution }) => client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: execution }).catch(ignoreGone)));
}

const GRPC_NOT_FOUND = 5;
function ignoreGone(error: unknown): void {
  if ((error as { code?: unknown }).code !== GRPC_NOT_FOUND) throw error;
}
