import { setTimeout as pause } from 'node:timers/promises';
import type { Api } from './api';
import { eventsPath, readLifecycle } from './endpoints';
import { EXIT, Failure } from './exit';
import type { Io } from './io';
import { openNews } from './news';
import { outcomeOf, type Goal, type Outcome } from './outcome';
import type { Shown } from './wire';
import type { View } from './views';

export interface Followed {
  life: Shown;
  outcome: Outcome;
}

const EVERY_MS = 250;
/** A grid that is restarted is back long before; beyond this it is not coming. */
const GIVE_UP_AFTER_MS = 60_000;
/** One that is only busy answers before. */
const SAY_AFTER_MS = 5_000;
const ABSENT = ['no_grid', 'no_answer'];
const ABSENT_STATUS = [502, 503, 504];

/**
 * Shows a lifecycle until what is waited for is there, or a person is needed: looks at it whenever the grid tells that it
 * has changed. A grid that goes away meanwhile is waited for.
 */
export async function follow(api: Api, id: string, io: Io, view: View, goal: Goal, after?: number): Promise<Followed> {
  let life: Shown | undefined;
  let etag: string | undefined;
  let heardAt = Date.now();
  const news = openNews(api, eventsPath(id), io.signal);
  let wholeAt = heardAt;
  let standsIn = false;
  try {
    for (;;) {
      const answer = await readLifecycle(api, id, { headers: etag ? { 'If-None-Match': etag } : {}, signal: io.signal }).catch(absent);
      if (answer) {
        heardAt = Date.now();
        etag = answer.etag;
        // A summary that stands in for the document while no worker answers says less than is known.
        if (answer.body) standsIn = answer.body.stale === true && life !== undefined && !life.stale;
        if (!standsIn) wholeAt = heardAt;
        view.notice(heardAt - wholeAt > SAY_AFTER_MS ? 'no worker answers; still trying' : '');
        if (answer.body && !standsIn) view.show((life = answer.body));
        else view.tick();
      } else view.notice('the grid does not answer; still trying');
      const outcome = life && answer ? outcomeOf(life, goal, after) : undefined;
      if (life && outcome) return { life, outcome };
      // Nothing tells that a worker answers again.
      await (answer && !standsIn && !life?.stale ? news.next(view.tick) : rest(io.signal));
      refuseInterrupted(io.signal);
    }
  } finally {
    news.close();
    view.end();
  }

  function absent(error: unknown): undefined {
    const away = error instanceof Failure && (ABSENT.includes(error.detail.code ?? '') || ABSENT_STATUS.includes(error.detail.status ?? 0));
    if (!away || Date.now() - heardAt > GIVE_UP_AFTER_MS) throw error;
  }
}

/** A short rest between two looks; throws {@link Failure} when interrupted. */
export async function rest(signal: AbortSignal, ms = EVERY_MS): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
  refuseInterrupted(signal);
}

function refuseInterrupted({ aborted }: AbortSignal): void {
  if (aborted) throw new Failure({ exit: EXIT.interrupted, code: 'interrupted', message: 'interrupted' });
}
