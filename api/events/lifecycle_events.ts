import { z } from '@hono/zod-openapi';
import { changedOf, changeIdOf, parseChangeId, type Changed } from '../../model/events/change_id';
import type { Summary } from '../../model/lifecycle';
import { raise } from '../../model/raise';
import { isWholeId } from '../../model/whole_id';
import { changesBack } from '../../process/events/history';
import { nothing, ourProblem } from '../http/answers';
import { endpoint, nothingAt } from '../http/endpoint';
import type { Ctx, Grid } from '../http/grid';
import { lifecycleId, LIFECYCLES } from '../lifecycles/schemas';
import { viewLifecycle } from '../lifecycles/view_lifecycle';
import { describe } from '../temporal/describe';
import { AWAY, eventStream, type GridEvent } from './event_stream';
import type { Inbox } from './inbox';
import { lastEventId, streamed } from './schemas';
import { tellFromNow } from '../../process/events/tell_from_now';
import type { News } from './watch_lifecycle';

/** Beyond this many a reader that was away is told how it is now. */
const MOST_MISSED = 1_000;

/** One lifecycle as it changes: first how it is, then each change, without a gap; with `Last-Event-ID` what was missed instead. */
export const lifecycleEvents = endpoint(
  {
    method: 'get', path: `${LIFECYCLES}/{id+}/events`, tag: 'events', summary: 'A lifecycle as it changes: snapshot, then each change', params: z.object({ id: z.string() }), headers: lastEventId,
    answers: { 200: streamed, 204: nothing('It is over, and the caller has all of it'), 404: ourProblem, 429: ourProblem, 503: ourProblem },
  },
  async (c, { params: { id } }, grid) => {
    const checked = (text: string) => (lifecycleId.safeParse(text).success ? text : raise(nothingAt(c.req.path)));
    // Something may be called `events`.
    if (!isWholeId(id)) return c.json(await viewLifecycle(c, grid, checked(`${id}/events`)));
    const had = parseChangeId(c.req.header('last-event-id'));
    const { summary, status } = await describe(grid, checked(id));
    const now = summary && changedOf(summary);
    const knows = had !== undefined && had.life === now?.life && had.revision <= now.revision;
    if (knows && had.revision === now.revision && status !== 'RUNNING') return c.body(null, 204);
    return eventStream(c, grid, (inbox) => feed(c, grid, id, knows ? had : undefined, inbox));
  },
);

/** Fills the inbox until it is told to stop. */
const feed = (c: Ctx, grid: Grid, id: string, had: Changed | undefined, inbox: Inbox<GridEvent>): Promise<() => void> =>
  tellFromNow<News>(grid.watches(id).listen, async () =>
    tellTo(inbox, grid, id, (had && (await tellMissed(grid, id, had, inbox))) ?? (await tellSnapshot(c, grid, id, inbox))));

async function tellSnapshot(c: Ctx, grid: Grid, id: string, inbox: Inbox<GridEvent>): Promise<Changed> {
  const document = await viewLifecycle(c, grid, id);
  const shown = document as typeof document & Pick<Summary, 'createdAt' | 'revision'>;
  inbox.put({ event: 'snapshot', id: changeIdOf(shown), data: document });
  return changedOf(shown);
}

/** Undefined where it was too long ago. */
async function tellMissed(grid: Grid, id: string, had: Changed, inbox: Inbox<GridEvent>): Promise<Changed | undefined> {
  const missed = await changesBack(grid, { workflowId: id }, isAfter(had), MOST_MISSED);
  if (missed.length === MOST_MISSED || (missed.length > 0 && missed[0]!.revision !== had.revision + 1)) return undefined;
  for (const change of missed) inbox.put(changeEvent(change));
  return missed.length > 0 ? changedOf(missed.at(-1)!) : had;
}

const isAfter = ({ life, revision }: Changed) => (change: Summary): boolean => change.revision > revision && changedOf(change).life === life;

const changeEvent = (change: Summary): GridEvent => ({ event: 'change', id: changeIdOf(change), data: change });

/** Tells news one after the other: each change once, and what the watch passed over before it began. */
function tellTo(inbox: Inbox<GridEvent>, grid: Grid, id: string, from: Changed): (news: News) => void {
  let last = from;
  let work = Promise.resolve();
  const put = (change: Summary) => {
    inbox.put(changeEvent(change));
    last = changedOf(change);
  };
  const tell = async (news: News) => {
    if ('progress' in news) return inbox.put({ event: 'progress', data: { effects: news.progress } });
    if ('away' in news) return inbox.put(AWAY);
    if ('over' in news) {
      inbox.put({ event: 'end', data: {} });
      return inbox.close();
    }
    const now = changedOf(news.change);
    if (now.life === last.life && now.revision <= last.revision) return;
    const gap = now.life === last.life && now.revision > last.revision + 1;
    const missed = gap ? await changesBack(grid, { workflowId: id }, isAfter(last), MOST_MISSED) : [];
    missed.forEach(put);
    if (now.life !== last.life || now.revision > last.revision) put(news.change);
  };
  // Whoever cannot be told all takes up where he was.
  return (news) => void (work = work.then(() => tell(news)).catch(() => inbox.close()));
}
