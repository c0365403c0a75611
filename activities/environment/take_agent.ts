import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { NodeMachine } from '../../model/environment/run';
import { refuseConnector } from '../../model/define_compute';
import { computeId, PLANNER_ID } from '../../model/ids';
import { CONTROL_QUEUE, WORKFLOW_TASK_TIMEOUT } from '../../model/messages';
import type { OtherAgent } from '../../model/services/messages';
import { untilProcessed } from '../../model/until_processed';
import { computeOf } from '../orders/order_documents';
import { ProblemError } from '../problem_error';
import type { Surroundings } from '../surroundings';

/**
 * The number of the agent that the machine of a node has: given once and then the same. The node's own compute is defined
 * where there is none of its name.
 * @throws ProblemError 400 for a connector that is none, `compute_not_found`
 */
export const takeAgent = ({ client }: Surroundings) => async (machine: NodeMachine): Promise<number> => {
  const { node, compute } = machine;
  await haveCompute(client, machine);
  await computeOf(client, compute);
  return takeNumber(client, node);
};

/** Given once, and then the same. */
export const takeNumber = (client: Client, node: string): Promise<number> => updatePlanner<number>(client, 'take_agent', { owner: node });

/** Gives the number back; null where there never was one. */
export const releaseAgent = ({ client }: Surroundings) => ({ node }: { node: string }): Promise<number | null> => updatePlanner<number | null>(client, 'release_agent', { owner: node });

const updatePlanner = <R>(client: Client, update: string, other: OtherAgent): Promise<R> =>
  untilProcessed(() => client.workflow.getHandle(PLANNER_ID).executeUpdate<R, [OtherAgent]>(update, { args: [other] }));

/** A node's own compute is defined where there is none of its name. @throws ProblemError 400 for a connector that is none */
export async function haveCompute(client: Client, { compute, connector }: Pick<NodeMachine, 'compute' | 'connector'>): Promise<void> {
  if (connector) await defineCompute(client, compute, connector);
}

async function defineCompute(client: Client, name: string, connector: string): Promise<void> {
  const objection = refuseConnector(name, connector);
  if (objection) throw new ProblemError(objection);
  try {
    await client.workflow.start('compute', {
      workflowId: computeId(name), args: [{ name, connector }], taskQueue: CONTROL_QUEUE, workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT, staticSummary: `compute ${name}: ${connector}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
