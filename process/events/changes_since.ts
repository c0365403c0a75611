import { horizonOf, isMissed, lastHad, type Delivered } from '../../model/events/delivered';
import type { Summary } from '../../model/lifecycle';
import { listAllSummaries, type Listed } from '../list_summaries';
import { changedQuery, type Filter } from '../visibility';
import type { Reach } from '../within';
import { changesBack } from './history';

const PAGE = 500;

/** Beyond so many changes a reader is told how all is now instead, so more of one lifecycle are not read either. */
export const MOST_MISSED = 1_000;

/**
 * Every change of every lifecycle that is meant and was not had yet, in the order of their times. Temporal's lists say what has changed; what
 * was published in between is in the history of each.
 */
export async function changesSince(reach: Reach, delivered: Delivered, filter: Filter = {}): Promise<Summary[]> {
  const found: Summary[][] = [];
  for (const listed of await listAllSummaries(reach, changedQuery(new Date(horizonOf(delivered)).toISOString(), filter), PAGE)) found.push(await missedOf(reach, listed, delivered));
  return found.flat().sort((a, b) => compare(a.updatedAt, b.updatedAt) || compare(a.id, b.id) || a.revision - b.revision);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function missedOf(reach: Reach, { summary, runId }: Listed, delivered: Delivered): Promise<Summary[]> {
  if (!isMissed(delivered, summary)) return [];
  if (summary.revision === (lastHad(delivered, summary) ?? -1) + 1) return [summary];
  const missed = await changesBack(reach, { workflowId: summary.id, runId }, (change) => isMissed(delivered, change), MOST_MISSED);
  // Announced by whoever started it, before it said anything itself.
  return missed.length > 0 ? missed : [summary];
}
