import { CancellationScope, condition, getExternalWorkflowHandle, isCancellation } from '@temporalio/workflow';

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

export interface Teller {
  told: () => void;
  /** Resolves when everything was delivered: what a run that ends still has to say is lost. */
  allTold: () => Promise<void>;
}

/** Tells all of them what they do not know yet, whatever is called off meanwhile; in the order of the calls. */
export function teller<M extends object>(ids: () => string[], signal: string, message: () => M): Teller {
  let known = '';
  let open = 0;
  const tellOne = async (id: string, said: M) => {
    open += 1;
    await CancellationScope.nonCancellable(() => tell(id, signal, said)).finally(() => (open -= 1));
  };
  return {
    told: () => {
      const said = message();
      const text = JSON.stringify(said);
      if (text === known) return;
      known = text;
      for (const id of ids()) void tellOne(id, said).catch(() => undefined);
    },
    allTold: () => condition(() => open === 0),
  };
}
