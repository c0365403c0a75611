import type { Client, WorkflowHandle } from '@temporalio/client';
import { WORKFLOW_TASK_TIMEOUT } from '../../model/messages';
import { until } from '../support/until';
import { BARE_QUEUE } from './queue';

let count = 0;

export function startBareWorkflow(client: Client, workflow: string, ...args: object[]): Promise<WorkflowHandle> {
  return client.workflow.start(workflow, { workflowId: `bare/${process.pid}/${++count}`, taskQueue: BARE_QUEUE, workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT, args });
}

/** When the server saw the workflow end, in ms since the epoch; looked at as often as the grid's are. */
export async function closedAt(handle: WorkflowHandle): Promise<number> {
  const { closeTime, status } = await until(`the end of ${handle.workflowId}`, async () => {
    const found = await handle.describe();
    return found.status.name !== 'RUNNING' && found;
  });
  if (status.name !== 'COMPLETED') throw new Error(`${handle.workflowId} ended ${status.name}`);
  return closeTime!.getTime();
}
