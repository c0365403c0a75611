import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { isProblem, problem, type Problem } from '../../model/errors';
import type { Heartbeat } from '../../model/messages';
import { valueOf } from '../../process/payload';

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

export const pendingEffects = (client: Client, pending: Pending[]): Promise<PendingEffect[]> =>
  Promise.all(pending.map(async (one) => {
    const attempt = one.attempt ?? 1;
    const next = one.nextAttemptScheduleTime ?? (attempt > 1 && !one.lastStartedTime ? one.scheduledTime : undefined);
    return {
      step: (one.activityId ?? '').split('#')[0]!,
      attempt,
      ...(one.lastFailure ? { lastError: await problemOfFailure(client, one.lastFailure) } : {}),
      ...(next ? { nextTryAt: isoOf(next) } : {}),
      ...(await heartbeatIn(client, one.heartbeatDetails)),
    };
  }));

export interface Beat<T> {
  at: string;
  details: T | undefined;
}

const CALLED_OFF = temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED;

/** The last heartbeat of each activity of this name that runs and is to go on, the newest first. */
export async function beats<T>(client: Client, pending: Pending[], activity: string): Promise<Beat<T>[]> {
  const beating = pending.filter((one) => one.activityType?.name === activity && one.lastHeartbeatTime && one.state !== CALLED_OFF);
  const read = await Promise.all(beating.map(async (one) => ({ at: isoOf(one.lastHeartbeatTime!), details: await first<T>(client, one.heartbeatDetails) })));
  return read.sort((a, b) => (a.at < b.at ? 1 : -1));
}

/** The last heartbeat of the activity of this name, where one runs. */
export const lastBeat = async <T>(client: Client, pending: Pending[], activity: string): Promise<Beat<T> | undefined> => (await beats<T>(client, pending, activity))[0];

const isoOf = ({ seconds, nanos }: { seconds?: unknown; nanos?: number | null }): string => new Date(Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6).toISOString();

async function heartbeatIn(client: Client, details: Payloads | null | undefined): Promise<{ heartbeat?: Heartbeat }> {
  const beat = await first<Partial<Heartbeat>>(client, details);
  if (typeof beat?.done !== 'number' || typeof beat.total !== 'number') return {};
  return { heartbeat: { done: beat.done, total: beat.total, ...(typeof beat.note === 'string' ? { note: beat.note } : {}) } };
}

async function problemOfFailure(client: Client, failure: Failure): Promise<Problem> {
  const said = await first(client, failure.applicationFailureInfo?.details);
  if (isProblem(said)) return said;
  const message = (await valueOf<{ message?: string }>(client, failure.encodedAttributes))?.message ?? failure.message;
  const why = failure.timeoutFailureInfo ? `it did not end in time (${message})` : (message ?? 'it failed');
  return problem(500, failure.timeoutFailureInfo ? 'timed_out' : 'attempt_failed', why, 'It is tried again by itself.');
}

const first = <T>(client: Client, details: Payloads | null | undefined): Promise<T | undefined> => valueOf<T>(client, details?.payloads?.[0]);
