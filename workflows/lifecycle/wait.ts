import { allHandlersFinished, condition, workflowInfo } from '@temporalio/workflow';
import type { Run } from './run';

/**
 * Waits until `ready`, however long a person or the world takes. When the history has grown long meanwhile, the wait
 * goes on in the next run: whoever calls this finds everything it needs in the state.
 */
export async function waitUntil(run: Pick<Run, 'carryOver' | 'full' | 'allTold'>, ready: () => boolean): Promise<void> {
  const long = () => workflowInfo().continueAsNewSuggested || run.full?.() === true;
  await condition(() => ready() || long());
  if (ready()) return;
  await condition(allHandlersFinished);
  await run.allTold?.();
  await run.carryOver();
}
