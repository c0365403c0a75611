import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import { eventIdOf, noteDelivery } from '../../model/webhook';
import { effects } from '../lifecycle/effects';
import { now } from '../lifecycle/run';
import type { WebhookRun } from './webhook_run';

const ATTEMPT_MS = 30_000;
const NOT_TRIED_AGAIN = 'NON_RETRYABLE_FAILURE';

/** Tells what is in the queue, in its order, until it is empty or somebody wants it to hold. */
export async function deliver(run: WebhookRun): Promise<void> {
  const { state } = run;
  while (state.queue.length > 0 && !state.paused) {
    const { name, url, secret, attempts, queue: [change] } = state;
    const act = effects({ summary: `tell ${eventIdOf(change!)}`, step: 'deliver', timeoutMs: ATTEMPT_MS, attempts, pauses: { first: '1s', longest: '10m' } });
    try {
      const sent = await act.deliverChange({ webhook: name, url, secret, change: change! });
      noteDelivery(state, now(), 'delivered', sent);
    } catch (error) {
      if (!isCancellation(error)) state.tried += error instanceof ActivityFailure && error.retryState === NOT_TRIED_AGAIN ? 1 : attempts;
      throw error;
    }
  }
}
