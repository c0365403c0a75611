import type { Summary } from '../../model/lifecycle';
import type { Feed } from '../../process/events/feed';
import { keep, type Kept, type LivingLists } from './kept';

/** All that lives: read once, and from then on kept as it changes, while somebody asks now and then. */
export interface Board {
  /**
   * As it was last told, half a second after it is in Temporal's lists.
   * @throws where Temporal does not answer
   */
  living(): Promise<Summary[]>;
  /** {@link living}, no older than what Temporal's lists say when it is asked. */
  livingNow(): Promise<Summary[]>;
}

export interface BoardTimes {
  /** That something has ended for good is said by Temporal's lists alone: they are asked this often. */
  askEndedMs: number;
  /** After so long without a question nothing is heard; the next one asks what has changed since. */
  unaskedMs: number;
  /** As often all of it is read again, meanwhile: what somebody deletes in Temporal is told by nobody. */
  wholeMs: number;
}

const TIMES: BoardTimes = { askEndedMs: 30_000, unaskedMs: 900_000, wholeMs: 3_600_000 };

export function openBoard(lists: LivingLists, feed: Feed, { askEndedMs, unaskedMs, wholeMs }: BoardTimes = TIMES): Board {
  let current: Promise<Kept> | undefined;
  let looked: Kept | undefined;
  let askedAt = 0;

  function begin(last?: Kept): Promise<Kept> {
    const begun = keep(lists, feed, last);
    begun.then(lookAfter, () => void (current = last && Promise.resolve(last)));
    return (current = begun);
  }

  function lookAfter(kept: Kept): void {
    looked = kept;
    let isReading = false;
    const readWhole = async () => {
      isReading = true;
      const whole = await keep(lists, feed);
      current = Promise.resolve(whole);
      lookAfter(whole);
    };
    const timer = setInterval(() => {
      if (kept !== looked || !kept.isGood() || Date.now() - askedAt > unaskedMs) {
        clearInterval(timer);
        kept.end();
      } else if (!isReading && Date.now() - kept.wholeAtMs > wholeMs) readWhole().catch(() => (isReading = false));
      else void kept.dropEnded();
    }, askEndedMs).unref();
  }

  async function living(now: boolean): Promise<Summary[]> {
    askedAt = Date.now();
    const there = current;
    const kept = await (there ?? begin());
    if (there && now) await kept.lookNow();
    if (kept.isGood()) return kept.all();
    if (current === there) void begin(kept).catch(() => undefined);
    return (await current!).all();
  }

  return { living: () => living(false), livingNow: () => living(true) };
}
