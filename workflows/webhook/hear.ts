import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { readerOf } from '../../model/webhook';
import { effects } from '../lifecycle/effects';
import type { WebhookRun } from './webhook_run';

/** One hearing ends by itself within this time, whether there was something or not. */
const HEARING_MS = 5 * 60_000;
/** It can do nothing but begin again, for as long as Temporal is in trouble. */
const ATTEMPTS = 1_000_000;

/** Takes what changed since into the queue; comes back without anything now and then, and when something else is to be heard. */
export async function hear(run: WebhookRun): Promise<void> {
  const { state } = run;
  run.hearing = new CancellationScope();
  try {
    const act = effects({ summary: 'hear what changes', timeoutMs: HEARING_MS, attempts: ATTEMPTS });
    const { cursor, changes } = await run.hearing.run(() => act.hearChanges({ cursor: state.cursor, from: state.createdAt, kinds: state.kinds, reader: readerOf(state) }));
    state.cursor = cursor;
    state.queue.push(...changes);
  } catch (error) {
    // Of what was heard nothing is kept: it is heard again.
    if (!isCancellation(error) || state.interrupt) throw error;
  } finally {
    delete run.hearing;
  }
}
