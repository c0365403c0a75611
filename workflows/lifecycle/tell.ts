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
  /** Somebody new has to know it too: the next time all are told. */
  toldAgain: () => void;
  /** Resolves when everything was delivered: what a run that ends still has to say is lost. */
  allTold: () => Promise<void>;
}

/**
 * Tells all of them how it is, again with every change. One message is delivered before the next is sent, since Temporal
 * does not keep the order of signals that are sent side by side; what changed back meanwhile is never told.
 */
export function teller<M extends object>(ids: () => string[], signal: string, message: () => M): Teller {
  let known = '';
  let sending = false;
  const send = async () => {
    for (let said = message(); JSON.stringify(said) !== known; said = message()) {
      known = JSON.stringify(said);
      await Promise.all(ids().map((id) => tell(id, signal, said)));
    }
  };
  return {
    told: () => {
      if (sending) return;
      sending = true;
      void CancellationScope.nonCancellable(send).finally(() => (sending = false));
    },
    toldAgain: () => void (known = ''),
    allTold: () => condition(() => !sending),
  };
}

export const tellers = (...all: Teller[]): Pick<Teller, 'told' | 'allTold'> => ({
  told: () => all.forEach((one) => one.told()),
  allTold: async () => void (await Promise.all(all.map((one) => one.allTold()))),
});
