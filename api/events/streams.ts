import { problem } from '../../model/errors';
import { raise } from '../../model/raise';

export interface StreamLimits {
  /** Of one caller, and of all of this process. */
  perCaller: number;
  all: number;
  /** A stream ends after this long, and its reader takes up again: nobody is held who is gone unnoticed. */
  longestMs: number;
  /** Silence after which a reader is told that there is none. */
  beatMs: number;
}

export const STREAM_LIMITS: StreamLimits = { perCaller: 1_000, all: 2_000, longestMs: 3_600_000, beatMs: 15_000 };

export interface Streams {
  limits: StreamLimits;
  /** Closers of those that are open, by caller. */
  open: Map<string, Set<() => void>>;
  count: () => number;
}

/** Streams of one process; all end when it is about to. */
export function openStreams(stopping: AbortSignal, limits = STREAM_LIMITS): Streams {
  const open = new Map<string, Set<() => void>>();
  stopping.addEventListener('abort', () => [...open.values()].forEach((all) => [...all].forEach((close) => close())), { once: true });
  return { limits, open, count: () => [...open.values()].reduce((sum, { size }) => sum + size, 0) };
}

/**
 * Counts one more of a caller, until what it answers is called. `close` ends it.
 * @throws Problem 429 and 503 above the limits
 */
export function enter({ limits, open, count }: Streams, caller: string, close: () => void): () => void {
  const mine = open.get(caller) ?? new Set();
  if (mine.size >= limits.perCaller) raise(problem(429, 'too_many_streams', `${mine.size} streams of events are open already`, 'Close some: one stream of /api/v1/events tells of everything.'));
  if (count() >= limits.all) raise(problem(503, 'too_many_streams', 'this process has as many streams of events as it can', 'Try again in a moment, or ask another process of the API.'));
  open.set(caller, mine.add(close));
  return () => {
    mine.delete(close);
    if (mine.size === 0 && open.get(caller) === mine) open.delete(caller);
  };
}
