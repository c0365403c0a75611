import { drop, forgetEnded, nothingKnown, take, type Known } from '../../model/events/known';
import type { Summary } from '../../model/lifecycle';
import type { Feed, FeedNews } from '../../process/events/feed';
import { tellFromNow } from '../../process/events/tell_from_now';
import { inTurn } from './in_turn';

/** What Temporal's lists say. */
export interface LivingLists {
  living(): Promise<Summary[]>;
  /** Those that have published a change since. @param at ISO 8601 */
  changedSince(at: string): Promise<Summary[]>;
  /** Those that have ended since and do not live again. @param at ISO 8601 */
  endedSince(at: string): Promise<Summary[]>;
}

/** What lives, as long as what changes is heard. */
export interface Kept {
  known: Known;
  /** When all of it was read, milliseconds since 1970. */
  wholeAtMs: number;
  all(): Summary[];
  /** False once something may have been missed. */
  isGood(): boolean;
  /** Until when nothing was missed, milliseconds since 1970. */
  goodUntilMs(): number;
  /** What Temporal's lists say of the last moments, for all who ask before it begins. */
  lookNow(): Promise<void>;
  dropEnded(): Promise<void>;
  /** Hears no more. */
  end(): void;
}

/** Lists lag behind, and clocks differ. */
const OVERLAP_MS = 60_000;
/** What somebody has just done is in Temporal's lists by then, and may be told later; whatever comes later still is told. */
const JUST_NOW_MS = 3_000;

/** @param last goes on where that ended; else all is read */
export async function keep({ living, changedSince, endedSince }: LivingLists, feed: Feed, last?: Kept): Promise<Kept> {
  const known = last?.known ?? nothingKnown();
  const wholeAtMs = last?.wholeAtMs ?? Date.now();
  let goodUntilMs: number | undefined;
  let endedUntilMs = Date.now();
  const miss = () => (goodUntilMs ??= Math.min(Date.now(), endedUntilMs));
  const lookBack = async (fromMs: number) => {
    const at = iso(fromMs);
    const [changed, ended] = await Promise.all([changedSince(at), endedSince(at)]);
    take(known, changed);
    drop(known, ended, Date.now());
  };
  const stop = await tellFromNow<FeedNews>(feed.listen, async () => {
    if (last) await lookBack(last.goodUntilMs() - OVERLAP_MS);
    else take(known, await living());
    return (news) => {
      if ('away' in news) miss();
      else take(known, news.changes);
    };
  });
  return {
    known, wholeAtMs,
    all: () => [...known.living.values()],
    isGood: () => goodUntilMs === undefined,
    goodUntilMs: () => goodUntilMs ?? Date.now(),
    lookNow: inTurn(() => lookBack(Date.now() - JUST_NOW_MS)),
    async dropEnded() {
      const nowMs = Date.now();
      try {
        drop(known, await endedSince(iso(endedUntilMs - OVERLAP_MS)), nowMs);
        forgetEnded(known, nowMs - OVERLAP_MS);
        endedUntilMs = nowMs;
      } catch {
        miss();
      }
    },
    end() {
      miss();
      stop();
    },
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
