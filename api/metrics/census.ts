import type { Summary } from '../../model/lifecycle';
import { listAllSummaries, type Listed } from '../../process/list_summaries';
import { changedQuery, livingQuery } from '../../process/visibility';
import type { Reach } from '../../process/within';

/** What is counted of a lifecycle that lives. */
export type Counted = Pick<Summary, 'kind' | 'state' | 'conditions'> & {
  /** Of computes, what they have. */
  detail?: Summary['detail'];
};

/** Everything is listed anew after so long: of what was ended from outside nothing else tells. */
const RELIST_MS = 300_000;
/** Looked at twice: lists lag behind, clocks differ, and a lifecycle tells its last change before it is over. */
const OVERLAP_MS = 60_000;
/** Several that ask at once are told the same. */
const KEPT_MS = 1_000;
const PAGE = 1_000;

/**
 * Every lifecycle that lives, whoever's it is, for counting. It is listed once; after that each look lists only what
 * has changed, so that it costs as much as there is news, and not as much as there is.
 */
export function openCensus(reach: Reach, now: () => number = Date.now): () => Promise<Iterable<Counted>> {
  let known = new Map<string, Counted>();
  let listedAt = -Infinity;
  let lookedAt = -Infinity;
  let looking: Promise<Iterable<Counted>> | undefined;

  async function look(): Promise<Iterable<Counted>> {
    const at = now();
    if (at - listedAt >= RELIST_MS) {
      known = new Map((await listAllSummaries(reach, livingQuery({}), PAGE)).map(({ summary }) => [summary.id, counted(summary)]));
      listedAt = at;
    } else if (at - lookedAt >= KEPT_MS) {
      update(known, await listAllSummaries(reach, changedQuery(new Date(lookedAt - OVERLAP_MS).toISOString(), {}), PAGE));
    } else return known.values();
    lookedAt = at;
    return known.values();
  }
  return () => (looking ??= look().finally(() => (looking = undefined)));
}

/** An id may have been used before: who lives under it counts. */
function update(known: Map<string, Counted>, changed: readonly Listed[]): void {
  for (const { summary, lives } of changed) if (!lives) known.delete(summary.id);
  for (const { summary, lives } of changed) if (lives) known.set(summary.id, counted(summary));
}

const counted = ({ kind, state, conditions, detail }: Summary): Counted => ({ kind, state, conditions, ...(kind === 'compute' ? { detail } : {}) });
