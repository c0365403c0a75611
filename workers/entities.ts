import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import { CONTROL_QUEUE, WORKFLOW_TASK_TIMEOUT } from '../model/messages';
import { untilProcessed } from '../model/until_processed';

interface EntityUpdate {
  workflow: 'product' | 'compute' | 'deploymentPlanner' | 'capacityRules' | 'environment';
  id: string;
  input: object;
  summary: string;
}

const startOf = ({ id, input, summary }: EntityUpdate) => ({
  workflowId: id,
  args: [input],
  taskQueue: CONTROL_QUEUE,
  workflowIdConflictPolicy: 'USE_EXISTING' as const,
  workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
  staticSummary: summary,
});

/** Makes sure that the entity is there. */
export async function ensureEntity(client: Client, entity: EntityUpdate): Promise<void> {
  await client.workflow.start(entity.workflow, startOf(entity));
}

/** Sends an update to the entity, starting it where it is not there yet. */
export async function updateEntity<R>(client: Client, entity: EntityUpdate, update: string, argument: object): Promise<R> {
  const start = () => new WithStartWorkflowOperation(entity.workflow, startOf(entity));
  return untilProcessed(() =>
    client.workflow.executeUpdateWithStart<(...args: unknown[]) => Promise<unknown>, R, [object]>(update, { args: [argument], startWorkflowOperation: start() }),
  );
}
