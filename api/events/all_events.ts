import { z } from '@hono/zod-openapi';
import { maySee, type Caller } from '../../model/access';
import { beginning, cursorOf, deliver, deliveredIn, type Delivered } from '../../model/events/delivered';
import { LIFECYCLE_KINDS, NAME, NAME_RULE } from '../../model/ids';
import type { Summary } from '../../model/lifecycle';
import { changesSince, MOST_MISSED } from '../../process/events/changes_since';
import type { FeedNews } from '../../process/events/feed';
import { ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import type { Grid } from '../http/grid';
import { AWAY, eventStream, type GridEvent } from './event_stream';
import type { Inbox } from './inbox';
import { lastEventId, streamed } from './schemas';
import { tellFromNow } from '../../process/events/tell_from_now';

const query = z.strictObject({ kind: z.enum(LIFECYCLE_KINDS).optional(), owner: z.string().regex(NAME, NAME_RULE).optional() });
type Filter = z.output<typeof query>;

const IN_ONE_SNAPSHOT = 100;

/** Every lifecycle as it changes: first how all are, then each change; with `Last-Event-ID` what was missed instead. */
export const allEvents = endpoint(
  {
    method: 'get', path: '/api/v1/events', tag: 'events', summary: 'All lifecycles as they change: snapshots, then each change', query, headers: lastEventId,
    answers: { 200: streamed, 400: ourProblem, 429: ourProblem, 503: ourProblem },
  },
  (c, { query: filter }, grid) => {
    const had = deliveredIn(c.req.header('last-event-id'));
    return eventStream(c, grid, (inbox) => feed(grid, filter, had, inbox));
  },
);

/** Fills the inbox until it is told to stop. */
const feed = (grid: Grid, filter: Filter, had: Delivered | undefined, inbox: Inbox<GridEvent>): Promise<() => void> =>
  tellFromNow<FeedNews>(grid.feed.listen, async () => {
    const delivered = (had && (await tellMissed(grid, filter, had, inbox))) ?? (await tellSnapshot(grid, filter, inbox));
    return (news) => {
      if ('away' in news) inbox.put(AWAY);
      else tellChanges(grid.caller, news.changes, filter, delivered, inbox);
    };
  });

/** What is not asked for is had all the same: it will not be told later either. Of what the caller may not see, no trace is left. */
function tellChanges(caller: Caller, changes: readonly Summary[], filter: Filter, delivered: Delivered, inbox: Inbox<GridEvent>): void {
  for (const change of changes) {
    if (maySee(caller, change) && deliver(delivered, change) && isAskedFor(change, filter)) inbox.put({ event: 'change', id: cursorOf(delivered), data: change });
  }
}

const isAskedFor = (change: Summary, { kind, owner }: Filter): boolean => (kind === undefined || kind === change.kind) && (owner === undefined || owner === change.owner);

async function tellSnapshot(grid: Grid, filter: Filter, inbox: Inbox<GridEvent>): Promise<Delivered> {
  const delivered = beginning(Date.now());
  const meant = (await grid.board.livingNow()).filter((one) => maySee(grid.caller, one) && isAskedFor(one, filter));
  const lifecycles = meant.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)).filter((one) => deliver(delivered, one));
  for (let from = 0; from === 0 || from < lifecycles.length; from += IN_ONE_SNAPSHOT) {
    const last = from + IN_ONE_SNAPSHOT >= lifecycles.length;
    // Whoever breaks off before the last one begins again.
    inbox.put({ event: 'snapshot', ...(last ? { id: cursorOf(delivered) } : {}), data: { lifecycles: lifecycles.slice(from, from + IN_ONE_SNAPSHOT), last } });
  }
  return delivered;
}

/** Undefined where it is too much. */
async function tellMissed(grid: Grid, filter: Filter, had: Delivered, inbox: Inbox<GridEvent>): Promise<Delivered | undefined> {
  const missed = await changesSince(grid, had, filter);
  if (missed.length >= MOST_MISSED) return undefined;
  tellChanges(grid.caller, missed, filter, had, inbox);
  return had;
}
