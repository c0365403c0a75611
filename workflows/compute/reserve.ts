import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { settle, type ComputeState } from '../../model/compute_state';
import type { Reserved } from '../../model/messages';

/**
 * Serves what came in, in order, then whoever waits, oldest first; tells each owner what changed for it. An owner that
 * is gone holds nothing any more.
 */
export async function serve(state: ComputeState): Promise<void> {
  const answers = settle(state);
  for (const { owner, message } of answers) {
    if (await told(owner, message)) continue;
    state.inbox.push({ kind: 'release', owner });
  }
}

async function told(owner: string, message: Reserved): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(owner).signal('reserved', message);
    return true;
  } catch {
    return false;
  }
}
