import type { ComputeState } from '../../model/compute_state';
import { settle } from '../../model/settle_compute';
import { tell } from '../lifecycle/tell';

/**
 * Serves what came in, in order, then whoever waits, oldest first; tells each owner what changed for it. An owner that
 * is gone holds nothing any more.
 */
export async function serve(state: ComputeState): Promise<void> {
  const answers = settle(state);
  for (const { owner, message } of answers) {
    if (await tell(owner, 'reserved', message)) continue;
    state.inbox.push({ kind: 'release', owner });
  }
}
