import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { FrameworkCall, FrameworkInfo, SchedulerEvent, Subscribe, Subscribed } from '../../../../model/mesos/protocol';
import { within } from '../../../within';
import { exchange, textOf, type Question } from './exchange';
import type { Leader } from './leader';
import type { Address, Line, Masters } from './masters';
import { records } from './record_io';
import { MasterRefusal, MasterUnreachable } from './trouble';

export const SCHEDULER = '/api/v1/scheduler';

/** One subscription, as long as its stream lasts. */
export interface Subscription {
  /** What the master said first. */
  subscribed: Subscribed;
  frameworkId: string;
  /**
   * Makes one call; the next one is sent when this one is answered. That it is accepted says only that it was heard: what
   * comes of it is told by events, and these may be there before.
   * @throws MasterRefusal, MasterUnreachable (unknown whether it was heard, unless `delivered` is false)
   */
  call(call: FrameworkCall): Promise<void>;
}

export interface Listener {
  /** Before anything else of this subscription is told. */
  onSubscribed(on: Subscription): Promise<void>;
  /** Each event but heartbeats, in order; the next one waits for it. */
  onEvent(event: SchedulerEvent, on: Subscription): Promise<void>;
}

/**
 * How a subscription ended: `broken` off, fallen `silent` or `called_off` by its caller, after which nothing is lost and
 * one subscribes again; `failed_over` to another subscription with the same id; `torn_down` with all of its tasks, or
 * `removed` with them since nobody was subscribed for too long; `refused`, since the master does not take the framework
 * as it describes itself.
 */
export interface End {
  why: 'broken' | 'silent' | 'called_off' | 'failed_over' | 'torn_down' | 'removed' | 'refused';
  message: string;
}

/** Silence of so many heartbeats means that nobody is there any more, whatever the connection says. */
const SILENT_BEATS = 5;
const DEFAULT_BEAT_S = 15;
const FIRST_WORD_WITHIN_MS = 10_000;

/**
 * Subscribes and tells the listener what comes, until the stream ends or `signal` is aborted.
 * @throws MasterUnreachable, MasterRefusal when it does not come to a stream; whatever the listener throws.
 */
export async function subscribe(leader: Leader, info: FrameworkInfo, listener: Listener, signal: AbortSignal): Promise<End> {
  const body: Subscribe = { type: 'SUBSCRIBE', ...(info.id ? { framework_id: info.id } : {}), subscribe: { framework_info: info } };
  const { at, response } = await leader.ask({ path: SCHEDULER, body, headers: { accept: 'application/json' } }, signal);
  if (response.statusCode !== 200) throw new MasterRefusal(leader.masters, 'the subscription', response.statusCode!, await textOf(response));
  const streamId = String(response.headers['mesos-stream-id'] ?? '');
  const line = lineTo(leader.masters);
  const events = records(response)[Symbol.asyncIterator]();
  const cut = () => response.destroy();
  signal.addEventListener('abort', cut);
  let on: Subscription | undefined;
  let silenceMs = leader.masters.answerWithinMs ?? FIRST_WORD_WITHIN_MS;
  try {
    for (;;) {
      const next = events.next();
      const came = await within(next.catch(() => undefined), silenceMs, signal);
      if (signal.aborted) return { why: 'called_off', message: 'called off' };
      if (!came) return { why: 'silent', message: `the master said nothing for ${silenceMs / 1_000} s` };
      const { value, done, why } = await next.then((one) => ({ ...one, why: '' }), (error: Error) => ({ value: undefined, done: true as const, why: error instanceof RangeError ? error.message : '' }));
      if (done) return ended(response.complete, why);
      const event = JSON.parse(value.toString('utf8')) as SchedulerEvent;
      if (event.type === 'ERROR') return endOf(event.error.message);
      if (event.type === 'SUBSCRIBED') {
        silenceMs = SILENT_BEATS * 1_000 * (event.subscribed.heartbeat_interval_seconds ?? DEFAULT_BEAT_S);
        on = openSubscription(leader.masters, at, line, streamId, event.subscribed);
        await heard(listener.onSubscribed(on));
      } else if (on && event.type !== 'HEARTBEAT') await heard(listener.onEvent(event, on));
    }
  } finally {
    signal.removeEventListener('abort', cut);
    response.destroy();
    line.destroy();
  }
}

/** A call that is refused since its subscription is over says not why: the stream does, or falls silent. */
async function heard(listening: Promise<void>): Promise<void> {
  try {
    await listening;
  } catch (error) {
    if (!(error instanceof MasterRefusal && error.isOver)) throw error;
  }
}

/** A stream that ends as it should ends with a teardown; without one its master is gone. */
const ended = (complete: boolean, why: string): End =>
  complete && !why ? { why: 'torn_down', message: 'the framework was torn down' } : { why: 'broken', message: why || 'the connection to the master broke off' };

function endOf(message: string): End {
  if (message === 'Framework failed over') return { why: 'failed_over', message };
  return { why: message === 'Framework has been removed' ? 'removed' : 'refused', message };
}

const lineTo = ({ ca }: Masters): Line => (ca === undefined ? new HttpAgent({ keepAlive: true, maxSockets: 1 }) : new HttpsAgent({ keepAlive: true, maxSockets: 1 }));

function openSubscription(masters: Masters, at: Address, line: Line, streamId: string, subscribed: Subscribed): Subscription {
  const id = subscribed.framework_id;
  return {
    subscribed, frameworkId: id.value,
    async call(call) {
      const question: Question = { path: SCHEDULER, body: { framework_id: id, ...call }, headers: { 'mesos-stream-id': streamId }, line };
      const response = await askAgain(masters, at, question, call.type !== 'ACCEPT');
      const text = await textOf(response);
      const { statusCode = 0 } = response;
      if (statusCode === 307 || statusCode === 503) throw new MasterUnreachable(masters, `it does not lead any more, and did not take ${call.type}: ${text || statusCode}`);
      if (statusCode >= 300) throw new MasterRefusal(masters, call.type, statusCode, text);
    },
  };
}

/**
 * A connection that was kept may be closed at the very moment it is used again: what may be heard twice is said again then.
 * Tasks that are accepted twice are reported as dropped while they run, so that is for its caller to find out.
 */
async function askAgain(masters: Masters, at: Address, question: Question, twice: boolean) {
  const never = new AbortController().signal;
  try {
    return await exchange(masters, at, question, never);
  } catch (error) {
    if (!twice || !(error instanceof MasterUnreachable) || !/broke off/.test(error.problem.message)) throw error;
    return exchange(masters, at, question, never);
  }
}
