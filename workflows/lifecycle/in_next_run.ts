import { makeContinueAsNewFunc, workflowInfo, type Workflow } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES } from '../../model/messages';

const OURS: readonly string[] = Object.values(SEARCH_ATTRIBUTES);

/**
 * Goes on in another run, which shows what this one showed last until it says something itself. Left to itself, Temporal
 * would show meanwhile what was shown when the first of them began.
 */
export function inNextRun<F extends Workflow>(...args: Parameters<F>): Promise<never> {
  const { memo, typedSearchAttributes } = workflowInfo();
  return makeContinueAsNewFunc<F>({ memo, typedSearchAttributes: typedSearchAttributes.getAll().filter(({ key }) => OURS.includes(key.name)) })(...args);
}
