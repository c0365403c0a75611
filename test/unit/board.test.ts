import { openBoard, type BoardTimes } from '../../api/events/board';
import type { LivingLists } from '../../api/events/kept';
import type { Summary } from '../../model/lifecycle';
import type { Feed, FeedNews } from '../../process/events/feed';

const at = (seconds: number): string => new Date(Date.now() - 100_000 + seconds * 1_000).toISOString();
const CREATED = at(0);
const one = (id: string, revision: number, state = 'ready', createdAt = CREATED): Summary =>
  ({ id, kind: 'cluster', owner: 'test', state, revision, conditions: [], createdAt, updatedAt: at(revision), detail: {} });

/** A feed and lists that say what a test makes them say. */
function world(listed: Summary[]) {
  const listeners = new Set<(news: FeedNews) => void>();
  const feed: Feed = { listen: async (listener) => (listeners.add(listener), () => void listeners.delete(listener)) };
  const now = { listed, changed: [] as Summary[], ended: [] as Summary[], reads: 0, looks: 0, askedSince: [] as string[], away: false };
  const lists: LivingLists = {
    living: async () => {
      now.reads += 1;
      if (now.away) throw new Error('away');
      return [...now.listed];
    },
    changedSince: async (since) => {
      now.looks += 1;
      now.askedSince.unshift(since);
      if (now.away) throw new Error('away');
      return [...now.changed];
    },
    endedSince: async () => now.ended,
  };
  return { feed, lists, now, listeners, tell: (news: FeedNews) => listeners.forEach((listener) => listener(news)) };
}

const TIMES: BoardTimes = { askEndedMs: 30_000, unaskedMs: 60_000, wholeMs: 3_600_000 };
const statesOf = (summaries: Summary[]) => Object.fromEntries(summaries.map(({ id, state }) => [id, state]));

describe('the board of what lives', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('is read once, whoever asks how often, and is as it was told from then on', async () => {
    const { feed, lists, now, tell } = world([one('a', 1, 'registered'), one('b', 1)]);
    const board = openBoard(lists, feed);
    await Promise.all([board.living(), board.living()]);
    tell({ changes: [one('a', 2, 'scheduling'), one('c', 1)] });
    // Told late: an older change, and one of an earlier life.
    tell({ changes: [one('a', 1, 'registered'), one('b', 9, 'destroyed', at(-50))] });
    expect([statesOf(await board.living()), now.reads]).toEqual([{ a: 'scheduling', b: 'ready', c: 'ready' }, 1]);
  });

  it('knows what Temporal lists when it is asked, though nobody has told it yet', async () => {
    const { feed, lists, now, tell } = world([one('a', 1)]);
    const board = openBoard(lists, feed);
    await board.livingNow();
    now.changed = [one('a', 3, 'scaled'), one('c', 1)];
    expect(statesOf(await board.livingNow())).toEqual({ a: 'scaled', c: 'ready' });
    tell({ changes: [one('a', 2, 'scheduling')] });
    now.ended = [one('c', 2)];
    expect(statesOf(await board.livingNow())).toEqual({ a: 'scaled' });
    // Its last change is told later than it was found among those that have ended.
    tell({ changes: [one('c', 2, 'destroyed')] });
    now.ended = [];
    expect(statesOf(await board.livingNow())).toEqual({ a: 'scaled' });
    tell({ changes: [one('c', 1, 'registered', at(9))] });
    expect(statesOf(await board.livingNow())).toEqual({ a: 'scaled', c: 'registered' });
  });

  it('looks once for all who ask meanwhile', async () => {
    const { feed, lists, now } = world([one('a', 1)]);
    const board = openBoard(lists, feed);
    await board.livingNow();
    await Promise.all(Array.from({ length: 50 }, () => board.livingNow()));
    expect([now.reads, now.looks <= 2]).toEqual([1, true]);
  });

  it('drops what has ended for good, and not what lives again under the same id', async () => {
    const { feed, lists, now, tell } = world([one('gone', 1), one('again', 1), one('stays', 1)]);
    const board = openBoard(lists, feed, { ...TIMES, askEndedMs: 1_000 });
    await board.living();
    tell({ changes: [one('again', 1, 'registered', at(5))] });
    now.ended = [one('gone', 4, 'destroyed'), one('again', 4, 'destroyed'), one('unknown', 1)];
    await jest.advanceTimersByTimeAsync(1_000);
    expect([statesOf(await board.living()), now.reads]).toEqual([{ again: 'registered', stays: 'ready' }, 1]);
  });

  it('asks what has changed once Temporal was away, and says so while it is', async () => {
    const { feed, lists, now, tell } = world([one('a', 1), one('b', 1)]);
    const board = openBoard(lists, feed);
    await board.living();
    tell({ away: true });
    now.away = true;
    await expect(board.living()).rejects.toThrow('away');
    await expect(board.living()).rejects.toThrow('away');
    now.away = false;
    now.changed = [one('a', 5, 'scaled')];
    now.ended = [one('b', 2, 'destroyed')];
    expect([statesOf(await board.living()), now.reads]).toEqual([{ a: 'scaled' }, 1]);
    now.changed = [];
    tell({ changes: [one('a', 6, 'ready')] });
    expect([statesOf(await board.living()), now.reads]).toEqual([{ a: 'ready' }, 1]);
  });

  it('hears nothing once nobody asks, and then asks since when', async () => {
    const { feed, lists, now, listeners } = world([one('a', 1)]);
    const board = openBoard(lists, feed, { ...TIMES, askEndedMs: 1_000, unaskedMs: 2_500 });
    await board.living();
    await jest.advanceTimersByTimeAsync(100_000);
    expect(listeners.size).toBe(0);
    now.changed = [one('a', 2, 'scaled')];
    expect([statesOf(await board.living()), now.reads, listeners.size]).toEqual([{ a: 'scaled' }, 1, 1]);
    const since = Date.now() - Date.parse(now.askedSince[0]!);
    expect([since > 100_000 - 4_000, since < 100_000 + 60_000]).toEqual([true, true]);
  });

  it('is read again now and then, while it goes on as it was: of what somebody deleted nobody tells', async () => {
    const { feed, lists, now, listeners } = world([one('a', 1), one('deleted', 1)]);
    const board = openBoard(lists, feed, { askEndedMs: 1_000, unaskedMs: 60_000, wholeMs: 10_000 });
    await board.living();
    now.listed = [one('a', 1)];
    await jest.advanceTimersByTimeAsync(9_000);
    expect(statesOf(await board.living())).toEqual({ a: 'ready', deleted: 'ready' });
    await jest.advanceTimersByTimeAsync(3_000);
    expect([statesOf(await board.living()), now.reads, listeners.size]).toEqual([{ a: 'ready' }, 2, 1]);
  });

  it('is read when Temporal is back, where the first time it was away', async () => {
    const { feed, lists, now } = world([one('a', 1)]);
    const board = openBoard(lists, feed);
    now.away = true;
    await expect(board.living()).rejects.toThrow('away');
    now.away = false;
    expect(statesOf(await board.living())).toEqual({ a: 'ready' });
  });
});
