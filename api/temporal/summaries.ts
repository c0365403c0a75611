import { maySee } from '../../model/access';
import type { Summary } from '../../model/lifecycle';
import { listAllSummaries, listSummaries } from '../../process/list_summaries';
import { endedQuery, livingQuery, seenBy } from '../../process/visibility';
import type { Reach } from '../../process/within';
import type { BoardLists } from '../events/board';
import type { Grid } from '../http/grid';
import { cursorFrom, pageTokenOf } from './cursor';

const WHOLE_PAGE = 1_000;

export interface Page {
  items: Summary[];
  /** For the next page; null at the end. */
  next: string | null;
}

/**
 * One page of the summaries that the caller may see, newest first, from the memos that visibility keeps: one call,
 * whatever the number.
 * @throws Problem 400 `invalid_cursor`
 */
export async function pageOfSummaries(grid: Grid, of: string, limit: number, cursor?: string): Promise<Page> {
  const { caller } = grid;
  const query = caller.role === 'admin' ? of : seenBy(caller.owner, of);
  const { items, nextPageToken } = await listSummaries(grid, query, limit, cursor === undefined ? undefined : pageTokenOf(query, cursor));
  return { items: items.map(({ summary }) => summary).filter((one) => maySee(caller, one)), next: nextPageToken?.length ? cursorFrom(query, nextPageToken) : null };
}

/** Every summary, as the unpaged lists of the seeds want it. A workflow id that ran twice counts once, as its last run. */
export async function allSummaries(grid: Grid, query: string): Promise<Summary[]> {
  const found = new Map<string, Summary>();
  let cursor: string | undefined;
  do {
    const page = await pageOfSummaries(grid, query, WHOLE_PAGE, cursor);
    for (const item of page.items) if (!found.has(item.id)) found.set(item.id, item);
    cursor = page.next ?? undefined;
  } while (cursor);
  return [...found.values()];
}

/** Every summary of what lives, and of what has ended since some time, whoever asks: for what is kept for all. */
export const listsOf = (reach: Reach): BoardLists => ({
  living: () => everyone(reach, livingQuery({})),
  endedSince: (at) => everyone(reach, endedQuery({}, at)),
});

const everyone = async (reach: Reach, query: string): Promise<Summary[]> => (await listAllSummaries(reach, query, WHOLE_PAGE)).map(({ summary }) => summary);
