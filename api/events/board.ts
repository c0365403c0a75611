import { drop, forgetEnded, nothingKnown, take } from '../../model/events/known';
import type { Summary } from '../../model/lifecycle';
import type { Feed, FeedNews } from '../../process/events/feed';
import { tellFromNow } from '../../process/events/tell_from_now';
import { inTurn } from './in_turn';

/** All that lives: read once, and from then on kept as it changes while somebody asks now and then. */
export interface Board {
  /**
   * No older than what Temporal's lists say when it is asked.
   * @throws where Temporal does not answer
   */
  living(): Promise<Summary[]>;
}

/** What Temporal's lists say. */
export interface BoardLists {
  living(): Promise<Summary[]>;
  /** Those that have published a change since. @param at ISO 8601 */
  changedSince(at: string): Promise<Summary[]>;
  /** Those that have ended since and do not live again. @param at ISO 8601 */
  endedSince(at: string): Promise<Summary[]>;
}

export interface BoardTimes {
  /** That something has ended for good is said by Temporal's lists alone: they are asked this often. */
  askEndedMs: number;
  /** After so long without a question all of it is forgotten. */
  unaskedMs: number;
}

const TIMES: BoardTimes = { askEndedMs: 30_000, unaskedMs: 900_000 };
/** Lists lag behind, and clocks differ. */
const OVERLAP_MS = 60_000;
/** What somebody has just done is in Temporal's lists by then, and may be told later; whatever comes later still is told. */
const JUST_NOW_MS = 3_000;

export function openBoard(lists: BoardLists, feed: Feed, { askEndedMs, unaskedMs }: BoardTimes = TIMES): Board {
  let current: Promise<Kept> | undefined;
  let askedAt = 0;
  const forget = (asked: Promise<Kept>) => {
    if (current === asked) current = undefined;
  };
  const lookAfter = (kept: Kept, asked: Promise<Kept>) => {
    const timer = setInterval(() => {
      if (Date.now() - askedAt <= unaskedMs && current === asked) return void kept.dropEnded();
      clearInterval(timer);
      forget(asked);
      kept.end();
    }, askEndedMs).unref();
  };
  const begin = (): Promise<Kept> => {
    const asked = keep(lists, feed);
    asked.then((kept) => lookAfter(kept, asked)).catch(() => forget(asked));
    return asked;
  };
  return {
    async living() {
      askedAt = Date.now();
      const there = current;
      const kept = await (current ??= begin());
      if (there) await kept.lookNow();
      if (kept.isGood()) return kept.all();
      // What changed while Temporal was away was not told.
      return (await (current = begin())).all();
    },
  };
}

interface Kept {
  all(): Summary[];
  /** False once something may have been missed. */
  isGood(): boolean;
  /** What Temporal's lists say of the last moments, for all who ask before it begins. */
  lookNow(): Promise<void>;
  dropEnded(): Promise<void>;
  end(): void;
}

async function keep({ living, changedSince, endedSince }: BoardLists, feed: Feed): Promise<Kept> {
  const known = nothingKnown();
  let good = true;
  let askedUntil = Date.now();
  const end = await tellFromNow<FeedNews>(feed.listen, async () => {
    take(known, await living());
    return (news) => {
      if ('away' in news) good = false;
      else take(known, news.changes);
    };
  });
  const dropEnded = async () => {
    const now = Date.now();
    try {
      drop(known, await endedSince(iso(askedUntil - OVERLAP_MS)), now);
      forgetEnded(known, now - OVERLAP_MS);
      askedUntil = now;
    } catch {
      good = false;
    }
  };
  const lookNow = inTurn(async () => {
    const at = iso(Date.now() - JUST_NOW_MS);
    const [changed, ended] = await Promise.all([changedSince(at), endedSince(at)]);
    take(known, changed);
    drop(known, ended, Date.now());
  });
  return { all: () => [...known.living.values()], isGood: () => good, lookNow, dropEnded, end };
}

const iso = (ms: number): string => new Date(ms).toISOString();
