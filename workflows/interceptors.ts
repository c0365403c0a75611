import type { ActivateInput, WorkflowInterceptors } from '@temporalio/workflow';
import { ASKED_TOO_EARLY } from '../model/until_heard';
import { handsOnTrace } from './hand_on';

type Activation = ActivateInput['activation'];

/**
 * Keeps a query from being a workflow task. When a worker that does not have the run at hand is asked, the history it
 * fetches may end with news that no workflow task has taken in yet. The SDK (1.24) hands those to the workflow before
 * it asks; what the workflow does then is kept and sent with the next task, where a replay finds the same news
 * in one piece with later ones: the history would not be replayable ever again. Such news are refused here, which
 * fails the query alone and drops the run from the cache; callers ask again (`model/until_heard.ts`).
 *
 * A workflow task that was started has written down how large the history was then; without one that figure stands
 * still although the history grew.
 */
export function interceptors(): WorkflowInterceptors {
  let last: { size: number; length: number } | undefined;
  return {
    ...handsOnTrace(),
    internals: [{
      activate(input, next) {
        const { activation } = input;
        const at = { size: Number(activation.historySizeBytes ?? 0), length: Number(activation.historyLength ?? 0) };
        if (last && at.size > 0 && at.size === last.size && at.length !== last.length && bringsNews(activation)) {
          throw new Error(`${ASKED_TOO_EARLY}: the last news of this lifecycle are not taken in yet; ask again in a moment`);
        }
        last = at;
        next(input);
      },
    }],
  };
}

const bringsNews = ({ jobs }: Activation): boolean => jobs?.some((job) => !job.queryWorkflow) ?? false;
