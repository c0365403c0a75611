import { maySee } from '../../model/access';
import type { Summary } from '../../model/lifecycle';
import { endedQuery, lifecyclesQuery, type Filter } from '../../process/visibility';
import type { Board } from '../events/board';
import type { Grid } from '../http/grid';
import { cursorFrom, isCursorOf, pageTokenOf } from './cursor';
import { pageOfSummaries, type Page } from './summaries';

/**
 * One page of the lifecycles that the caller may see: those that live, newest first, from what is known of all, then those that
 * have ended, as Temporal lists them. However many live, Temporal is asked for none of them.
 * @throws Problem 400 `invalid_cursor`, 503
 */
export async function livingFirst(grid: Grid, living: Board['living'], filter: Filter, limit: number, cursor?: string): Promise<Page> {
  // Calls are many and short: they are on no board.
  if (filter.kind === 'call') return pageOfSummaries(grid, lifecyclesQuery(filter), limit, cursor);
  const list = `living ${JSON.stringify(filter)}`;
  const all = await living();
  const ended = async (most: number, from?: string): Promise<Page> => {
    const { items, next } = await pageOfSummaries(grid, endedQuery(filter), most, from);
    const ids = new Set(all.map(({ id }) => id));
    return { items: items.filter(({ id }) => !ids.has(id)), next };
  };
  if (cursor !== undefined && !isCursorOf(list, cursor)) return ended(limit, cursor);

  const meant = all.filter((one) => maySee(grid.caller, one) && isMeant(filter, one)).sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
  const after = cursor === undefined ? '~' : Buffer.from(pageTokenOf(list, cursor)).toString();
  const rest = meant.filter((one) => placeOf(one) < after);
  const items = rest.slice(0, limit);
  const goOn = () => cursorFrom(list, Buffer.from(placeOf(items.at(-1)!)));
  if (rest.length > limit) return { items, next: goOn() };
  if (rest.length < limit) {
    const more = await ended(limit - items.length);
    return { items: [...items, ...more.items], next: more.next };
  }
  const more = await ended(1);
  return { items, next: more.items.length > 0 || more.next !== null ? goOn() : null };
}

/** Where it stands among the others: two may be as old. */
const placeOf = ({ createdAt, id }: Summary): string => `${createdAt} ${id}`;

const isMeant = ({ kind, state, owner, blocked }: Filter, one: Summary): boolean =>
  (kind === undefined || kind === one.kind) && (state === undefined || state === one.state) && (owner === undefined || owner === one.owner)
  && (blocked === undefined || blocked === one.conditions.some(({ type }) => type === 'Blocked'));
