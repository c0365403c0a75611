import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';

/** Whether this start was the first; one that is there already is fine. */
export async function ifNew(started: Promise<void>): Promise<boolean> {
  try {
    await started;
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return false;
  }
}
