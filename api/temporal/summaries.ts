import { maySee } from '../../model/access';
import type { Summary } from '../../model/lifecycle';
import { listAllSummaries, listSummaries } from '../../process/list_summaries';
import { changedQuery, endedQuery, livingAmongQuery, livingQuery, seenBy } from '../../process/visibility';
import type { Reach } from '../../process/within';
import type { LivingLists } from '../events/kept';
import type { Grid } from '../http/grid';
import { cursorFrom, pageTokenOf } from './cursor';

const WHOLE_PAGE = 1_000;
/** That many ids fit into one query. */
const MOST_IDS = 50;

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

/** Every summary of what lives, and of what has changed or ended since some time, whoever asks: for what is kept for all. */
export const listsOf = (reach: Reach): LivingLists => ({
  living: () => everyone(reach, livingQuery({})),
  changedSince: (at) => everyone(reach, changedQuery(at, {})),
  endedSince: async (at) => {
    const ended = await everyone(reach, endedQuery({}, at));
    const again = await livingAmong(reach, ended.map(({ id }) => id));
    return ended.filter(({ id }) => !again.has(id));
  },
});

/** Those of them that live: whoever resets a workflow in Temporal ends a run, and it goes on as another. */
async function livingAmong(reach: Reach, ids: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (let from = 0; from < ids.length; from += MOST_IDS) {
    for (const { id } of await everyone(reach, livingAmongQuery(ids.slice(from, from + MOST_IDS)))) found.add(id);
  }
  return found;
}

const everyone = async (reach: Reach, query: string): Promise<Summary[]> => (await listAllSummaries(reach, query, WHOLE_PAGE)).map(({ summary }) => summary);
