import type { Summary } from '../../model/lifecycle';
import type { Feed, FeedNews } from '../../process/events/feed';
import { tellFromNow } from '../../process/events/tell_from_now';

/** All that lives, as it was last told: read once, and from then on kept as it changes while somebody asks now and then. */
export interface Board {
  /** @throws where Temporal does not answer */
  living(): Promise<Summary[]>;
}

/** What Temporal's lists say. */
export interface BoardLists {
  living(): Promise<Summary[]>;
  /** Those that have ended since. @param at ISO 8601 */
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
      const kept = await (current ??= begin());
      if (kept.isGood()) return [...kept.known.values()];
      // What changed while Temporal was away was not told.
      return [...(await (current = begin())).known.values()];
    },
  };
}

interface Kept {
  known: Map<string, Summary>;
  /** False once something may have been missed. */
  isGood(): boolean;
  dropEnded(): Promise<void>;
  end(): void;
}

async function keep({ living, endedSince }: BoardLists, feed: Feed): Promise<Kept> {
  const known = new Map<string, Summary>();
  let good = true;
  let askedUntil = Date.now();
  const end = await tellFromNow<FeedNews>(feed.listen, async () => {
    for (const one of await living()) take(known, one);
    return (news) => {
      if ('away' in news) good = false;
      else for (const one of news.changes) take(known, one);
    };
  });
  const dropEnded = async () => {
    const now = Date.now();
    try {
      for (const { id, createdAt } of await endedSince(new Date(askedUntil - OVERLAP_MS).toISOString())) if ((known.get(id)?.createdAt ?? '~') <= createdAt) known.delete(id);
      askedUntil = now;
    } catch {
      good = false;
    }
  };
  return { known, isGood: () => good, dropEnded, end };
}

/** Lists may be older than what was told. */
function take(known: Map<string, Summary>, one: Summary): void {
  const had = known.get(one.id);
  if (!had || had.createdAt < one.createdAt || (had.createdAt === one.createdAt && had.revision <= one.revision)) known.set(one.id, one);
}
