import { LATEST_MS } from '../../model/events/delivered';
import type { Summary } from '../../model/lifecycle';
import type { Feed, FeedNews } from '../../process/events/feed';
import { tellFromNow } from '../../process/events/tell_from_now';

/** All that lives, as it was last told: read once, and from then on kept as it changes while somebody asks now and then. */
export interface Board {
  /** @throws where Temporal does not answer */
  living(): Promise<Summary[]>;
}

export interface BoardTimes {
  /** That something has ended for good is said by Temporal's lists alone: they are read this often. */
  readAgainMs: number;
  /** After so long without a question all of it is forgotten. */
  unaskedMs: number;
}

const TIMES: BoardTimes = { readAgainMs: 30_000, unaskedMs: 60_000 };

/** @param read all that lives, from Temporal's lists */
export function openBoard(read: () => Promise<Summary[]>, feed: Feed, { readAgainMs, unaskedMs }: BoardTimes = TIMES): Board {
  let current: Promise<Kept> | undefined;
  let askedAt = 0;
  const forget = (asked: Promise<Kept>) => {
    if (current === asked) current = undefined;
  };
  const lookAfter = (kept: Kept, asked: Promise<Kept>) => {
    const timer = setInterval(() => {
      if (Date.now() - askedAt <= unaskedMs && current === asked) return void kept.readAgain();
      clearInterval(timer);
      forget(asked);
      kept.end();
    }, readAgainMs).unref();
  };
  const begin = (): Promise<Kept> => {
    const asked = keep(read, feed);
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
  readAgain(): Promise<void>;
  end(): void;
}

async function keep(read: () => Promise<Summary[]>, feed: Feed): Promise<Kept> {
  const known = new Map<string, Summary>();
  let good = true;
  const end = await tellFromNow<FeedNews>(feed.listen, async () => {
    for (const one of await read()) take(known, one);
    return (news) => {
      if ('away' in news) good = false;
      else for (const one of news.changes) take(known, one);
    };
  });
  const readAgain = async () => {
    try {
      const there = await read();
      const ids = new Set(there.map(({ id }) => id));
      for (const [id, { updatedAt }] of known) if (!ids.has(id) && Date.now() - Date.parse(updatedAt) > LATEST_MS) known.delete(id);
      for (const one of there) take(known, one);
    } catch {
      good = false;
    }
  };
  return { known, isGood: () => good, readAgain, end };
}

/** Lists may be older than what was told. */
function take(known: Map<string, Summary>, one: Summary): void {
  const had = known.get(one.id);
  if (!had || had.createdAt < one.createdAt || (had.createdAt === one.createdAt && had.revision <= one.revision)) known.set(one.id, one);
}
