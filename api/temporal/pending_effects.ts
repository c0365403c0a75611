import { defaultPayloadConverter } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { isProblem, problem, type Problem } from '../../model/errors';
import type { Heartbeat } from '../../model/messages';

type Pending = temporal.api.workflow.v1.IPendingActivityInfo;
type Failure = temporal.api.failure.v1.IFailure;
type Payloads = temporal.api.common.v1.IPayloads;

/** An activity that runs now or waits for its next attempt. */
export interface PendingEffect {
  /** The step it works for. */
  step: string;
  attempt: number;
  lastError?: Problem;
  nextTryAt?: string;
  heartbeat?: Heartbeat;
}

export const pendingEffects = (pending: Pending[]): PendingEffect[] =>
  pending.map((one) => {
    const attempt = one.attempt ?? 1;
    const next = one.nextAttemptScheduleTime ?? (attempt > 1 && !one.lastStartedTime ? one.scheduledTime : undefined);
    return {
      step: (one.activityId ?? '').split('#')[0]!,
      attempt,
      ...(one.lastFailure ? { lastError: problemOfFailure(one.lastFailure) } : {}),
      ...(next ? { nextTryAt: isoOf(next) } : {}),
      ...heartbeatIn(one.heartbeatDetails),
    };
  });

export interface Beat<T> {
  at: string;
  details: T | undefined;
}

const CALLED_OFF = temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED;

/** The last heartbeat of each activity of this name that runs and is to go on, the newest first. */
export const beats = <T>(pending: Pending[], activity: string): Beat<T>[] =>
  pending
    .filter((one) => one.activityType?.name === activity && one.lastHeartbeatTime && one.state !== CALLED_OFF)
    .map((one) => ({ at: isoOf(one.lastHeartbeatTime!), details: first<T>(one.heartbeatDetails) }))
    .sort((a, b) => (a.at < b.at ? 1 : -1));

/** The last heartbeat of the activity of this name, where one runs. */
export const lastBeat = <T>(pending: Pending[], activity: string): Beat<T> | undefined => beats<T>(pending, activity)[0];

const isoOf = ({ seconds, nanos }: { seconds?: unknown; nanos?: number | null }): string => new Date(Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6).toISOString();

function heartbeatIn(details: Payloads | null | undefined): { heartbeat?: Heartbeat } {
  const beat = first<Partial<Heartbeat>>(details);
  if (typeof beat?.done !== 'number' || typeof beat.total !== 'number') return {};
  return { heartbeat: { done: beat.done, total: beat.total, ...(typeof beat.note === 'string' ? { note: beat.note } : {}) } };
}

function problemOfFailure(failure: Failure): Problem {
  const said = first(failure.applicationFailureInfo?.details);
  if (isProblem(said)) return said;
  const why = failure.timeoutFailureInfo ? `it did not end in time (${failure.message})` : (failure.message ?? 'it failed');
  return problem(500, failure.timeoutFailureInfo ? 'timed_out' : 'attempt_failed', why, 'It is tried again by itself.');
}

function first<T>(payloads: Payloads | null | undefined): T | undefined {
  const payload = payloads?.payloads?.[0];
  if (!payload) return undefined;
  try {
    return defaultPayloadConverter.fromPayload<T>(payload);
  } catch {
    return undefined;
  }
}
