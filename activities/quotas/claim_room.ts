import { WorkflowNotFoundError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { quotaId } from '../../model/ids';
import type { QuotaMessages } from '../../model/messages';
import type { Claim, QuotaView } from '../../model/quota';
import { untilProcessed } from '../../model/until_processed';

/**
 * Has the owner's quota hold this for the order; where he has none, anything goes.
 * @throws ApplicationFailure 409 `over_quota`
 */
export async function claimRoom(client: Client, owner: string, claim: Claim): Promise<void> {
  try {
    const updateId = `claim-${claim.job}-${claim.size ? 'size' : 'number'}`;
    await untilProcessed(() => client.workflow.getHandle(quotaId(owner)).executeUpdate<QuotaView, [Claim]>('claim' satisfies QuotaMessages, { args: [claim], updateId }));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return;
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) throw error.cause;
    throw error;
  }
}
