import { setTimeout as delay } from 'node:timers/promises';
import { changedOf, type Changed } from '../../model/events/change_id';
import type { Summary } from '../../model/lifecycle';
import { nextChanges } from '../../process/events/history';
import type { Reach } from '../../process/within';
import { describeAny } from '../temporal/describe';
import type { PendingEffect } from '../temporal/pending_effects';

/** What a watch tells: a change; what activities of a running step do; that Temporal is away; that nothing more will come. */
export type News = { change: Summary } | { progress: PendingEffect[] } | { away: true } | { over: true };

/** One lifecycle, for all who look at it. It may tell again what was before, and passes nothing over from then on. */
export interface Watch {
  listen(listener: (news: News) => void): () => void;
}

const PROGRESS_MS = 1_000;
const AGAIN_MS = 500;

/** Watches of lifecycles, each there as long as somebody listens. */
export function openWatches(reach: Reach): (id: string) => Watch {
  const open = new Map<string, Watch>();
  return (id) => {
    const watch = open.get(id) ?? openWatch(reach, id, () => open.delete(id));
    open.set(id, watch);
    return watch;
  };
}

function openWatch(reach: Reach, id: string, closed: () => void): Watch {
  const ending = new AbortController();
  const listeners = new Set<(news: News) => void>();
  const tell = (news: News) => [...listeners].forEach((listener) => listener(news));
  const end = () => {
    if (ending.signal.aborted) return;
    ending.abort();
    closed();
  };
  const over = () => {
    if (!ending.signal.aborted) tell({ over: true });
    end();
  };
  return {
    listen(listener) {
      listeners.add(listener);
      if (listeners.size === 1) {
        void follow(reach, id, tell, ending.signal).then(over);
        void lookAtProgress(reach, id, tell, ending.signal);
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) end();
      };
    },
  };
}

/** From the first event of the run that is now, over all that follow, until the lifecycle is over. */
async function follow(reach: Reach, id: string, tell: (news: News) => void, ending: AbortSignal): Promise<void> {
  let at: { run: string; token?: Uint8Array } | undefined;
  let last: Changed | undefined;
  while (!ending.aborted) {
    try {
      at ??= { run: (await describeAny(reach, id))?.runId ?? '' };
      const read = await nextChanges(reach, id, at.run, at.token, ending);
      for (const change of read.changes) {
        const now = changedOf(change);
        if (last?.life === now.life && last.revision >= now.revision) continue;
        last = now;
        tell({ change });
      }
      if (read.token) at.token = read.token;
      else if (read.nextRun) at = { run: read.nextRun };
      else return;
    } catch {
      if (ending.aborted) return;
      // From the beginning: a server that was away may not know the place any more.
      at = undefined;
      tell({ away: true });
      await delay(AGAIN_MS, undefined, { signal: ending }).catch(() => undefined);
    }
  }
}

/** Attempts, and how far an activity is, are in no history: they are looked for while somebody looks. */
async function lookAtProgress(reach: Reach, id: string, tell: (news: News) => void, ending: AbortSignal): Promise<void> {
  let known = '';
  while (!ending.aborted) {
    await delay(PROGRESS_MS, undefined, { signal: ending }).catch(() => undefined);
    if (ending.aborted) return;
    const effects = (await describeAny(reach, id).catch(() => undefined))?.effects ?? [];
    const said = JSON.stringify(effects);
    if (known !== '' && said !== known) tell({ progress: effects });
    known = said;
  }
}
