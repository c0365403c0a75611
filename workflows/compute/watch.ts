import { CancellationScope, isCancellation, proxyActivities, sleep } from '@temporalio/workflow';
import type { Activities } from '../../activities';
import type { ComputeState } from '../../model/compute_state';
import { isCounted } from '../../model/counted';
import { CONTROL_QUEUE } from '../../model/messages';

/** Bounded, so that the watch returns now and then; a worker that dies with it is noticed by its silence. */
const WATCH_FOR_MS = 12 * 3_600_000;

export interface Watch {
  begin: () => void;
  end: () => void;
  /** Where the connector leads now; nothing while no watch has begun. */
  beginAgain: () => void;
}

/** Somebody always listens for machines that die; whoever owns them is told by that activity. */
export function watchOf(state: ComputeState): Watch {
  let scope: CancellationScope | undefined;
  let begun = 0;
  const begin = () => {
    begun += 1;
    // The watch before may still be on its way out, and two may not have one name.
    const activityId = begun === 1 ? 'watch' : `watch${begun}`;
    if (isCounted(state.connector)) return;
    scope = new CancellationScope();
    void scope.run(() => keepWatch(state, activityId)).catch(() => undefined);
  };
  const end = () => scope?.cancel();
  const beginAgain = () => {
    if (begun === 0) return;
    end();
    begin();
  };
  return { begin, end, beginAgain };
}

async function keepWatch(state: ComputeState, activityId: string): Promise<void> {
  const { watchMachines } = proxyActivities<Activities>({
    taskQueue: CONTROL_QUEUE,
    summary: `watch the machines of ${state.name}`,
    activityId,
    startToCloseTimeout: WATCH_FOR_MS,
    heartbeatTimeout: '3s',
    cancellationType: 'TRY_CANCEL',
    retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '10s' },
  });
  for (;;) {
    try {
      await watchMachines({ compute: state.name, connector: state.connector });
    } catch (error) {
      if (isCancellation(error)) throw error;
      await sleep('1s', { summary: 'watch again' });
    }
  }
}
