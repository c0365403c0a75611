import { condition, defineQuery, defineSignal, setHandler, upsertMemo, workflowInfo } from '@temporalio/workflow';

/** One command for all the signals that arrive together: what it does depends on where workflow tasks begin and end. */
export async function counted(): Promise<void> {
  let count = 0;
  let told = 0;
  setHandler(defineSignal('count'), () => { count += 1; });
  setHandler(defineQuery<number>('count'), () => count);
  while (!workflowInfo().continueAsNewSuggested) {
    await condition(() => count > told);
    told = count;
    upsertMemo({ told });
  }
}
