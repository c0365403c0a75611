import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Duration } from '@temporalio/common';
import type { Activities } from '../../activities';
import { CONTROL_QUEUE } from '../../model/messages';

/** Every activity of ours beats by itself (workers/interceptors), so a dead worker is noticed after this long. */
const HEARTBEAT_TIMEOUT = '3s';

export interface EffectOptions {
  /** What the Temporal UI shows for it. */
  summary: string;
  /** The step's name, so that the API finds the activity of a running step. */
  step?: string;
  /** One attempt may take this long. */
  timeoutMs: number;
  /** Attempts before a person is asked; failures that a retry cannot mend are not tried again. */
  attempts?: number;
  /** Between two attempts: at first, and at most; it doubles. */
  pauses?: { first: Duration; longest: Duration };
}

/** Activities on the control workers: bounded, cancellable, and tried again when a worker dies with them. */
export function effects({ summary, step, timeoutMs, attempts = 5, pauses = { first: '250ms', longest: '15s' } }: EffectOptions): Activities {
  const options: ActivityOptions = {
    taskQueue: CONTROL_QUEUE,
    summary,
    ...(step ? { activityId: step } : {}),
    startToCloseTimeout: timeoutMs,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { initialInterval: pauses.first, backoffCoefficient: 2, maximumInterval: pauses.longest, maximumAttempts: attempts },
  };
  return proxyActivities<Activities>(options);
}
