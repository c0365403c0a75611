import { ApplicationFailure } from '@temporalio/common';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { problem } from '../../model/errors';
import type { CommandResult, Scale } from '../../model/messages';
import { untilProcessed } from '../../model/until_processed';
import { ProblemError } from '../problem_error';
import type { Surroundings } from '../surroundings';

/** Hands a running cluster its new order; the same job does so once. @throws ApplicationFailure with the cluster's refusal; ProblemError 409 when it is gone. */
export const commandCluster = ({ client }: Surroundings) => async ({ cluster, job, scale }: { cluster: string; job: string; scale: Scale }): Promise<void> => {
  try {
    await untilProcessed(() => client.workflow.getHandle(cluster).executeUpdate<CommandResult, [Scale]>('scale', { args: [scale], updateId: `scale-${job}` }));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new ProblemError(destroyedMeanwhile(cluster));
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) throw error.cause;
    throw error;
  }
};

const destroyedMeanwhile = (cluster: string) => problem(409, 'destroyed', `${cluster}: it was destroyed before the new order reached it`, 'Launch a new one.');
