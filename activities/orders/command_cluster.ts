import { ApplicationFailure } from '@temporalio/common';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { CommandResult, Scale } from '../../model/messages';
import { untilProcessed } from '../../model/until_processed';
import type { Surroundings } from '../surroundings';

/** Hands a running cluster its new order; the same job does so once. @throws ApplicationFailure with the cluster's refusal. */
export const commandCluster = ({ client }: Surroundings) => async ({ cluster, job, scale }: { cluster: string; job: string; scale: Scale }): Promise<void> => {
  try {
    await untilProcessed(() => client.workflow.getHandle(cluster).executeUpdate<CommandResult, [Scale]>('scale', { args: [scale], updateId: `scale-${job}` }));
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) throw error.cause;
    throw error;
  }
};
