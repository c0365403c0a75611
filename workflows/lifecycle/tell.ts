import { getExternalWorkflowHandle, isCancellation } from '@temporalio/workflow';

/** Tells another lifecycle something; false when there is nobody to be told. */
export async function tell<M extends object>(id: string, signal: string, message: M): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(id).signal(signal, message);
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return false;
  }
}
