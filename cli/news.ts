import { setTimeout as delay } from 'node:timers/promises';
import { eventReader, type SentEvent } from '../model/events/read_events';
import type { Api } from './api';
import { Failure } from './exit';

/** Longer than the grid is ever silent: it beats. */
const SILENCE_MS = 40_000;
const AGAIN_MS = 1_000;
/** Where it goes on telling after a break, the grid says so itself. */
const FINAL = [401, 403, 404, 400];

export interface Stream {
  /** Whether the grid is telling right now. */
  open: () => boolean;
  /** Resolves when nothing more is told: closed, over, or refused for good with that {@link Failure}. */
  ended: Promise<Failure | undefined>;
  close(): void;
}

/** Hears the events under a path, and takes up where it was whenever the connection breaks. */
export function openStream(api: Api, path: string, take: (event: SentEvent) => void, signal: AbortSignal, broke = () => {}): Stream {
  const closing = new AbortController();
  const close = () => closing.abort();
  signal.addEventListener('abort', close, { once: true });
  let open = false;
  let last: string | undefined;

  async function hear(): Promise<Failure | undefined> {
    while (!closing.signal.aborted) {
      const read = eventReader((event) => {
        last = event.id ?? last;
        take(event);
      });
      const onText = (text: string) => {
        open = true;
        read(text);
      };
      const headers = { accept: 'text/event-stream', ...(last === undefined ? {} : { 'Last-Event-ID': last }) };
      try {
        const { status } = await api.call('GET', path, { headers, onText, signal: closing.signal, silenceMs: SILENCE_MS });
        // It is over, and we have all of it.
        if (status === 204) return undefined;
      } catch (error) {
        if (error instanceof Failure && FINAL.includes(error.detail.status ?? 0)) return error;
      }
      if (open) broke();
      open = false;
      await delay(AGAIN_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
    return undefined;
  }

  const ended = hear().finally(() => {
    open = false;
    signal.removeEventListener('abort', close);
  });
  return { open: () => open, ended, close };
}

export interface News {
  /**
   * Resolves when something new was told since the last time, or in any case after a while: a grid that cannot tell is
   * looked at every quarter of a second.
   */
  next(tick: () => void): Promise<void>;
  close(): void;
}

const TICK_MS = 250;
/** What is looked at although nothing was told: what no event tells, as that no worker runs any more. */
const LOOK_ANYWAY_MS = 5_000;

/** Says when to look at a lifecycle again. */
export function openNews(api: Api, path: string, signal: AbortSignal): News {
  let fresh = false;
  let wake = () => {};
  const look = () => {
    fresh = true;
    wake();
  };
  const stream = openStream(api, path, look, signal, look);
  return {
    async next(tick) {
      const until = Date.now() + (stream.open() ? LOOK_ANYWAY_MS : TICK_MS);
      while (!fresh && !signal.aborted && Date.now() < until) {
        const told = new Promise<void>((resolve) => (wake = resolve));
        await Promise.race([told, delay(Math.min(TICK_MS, until - Date.now()), undefined, { signal }).catch(() => undefined)]);
        tick();
      }
      fresh = false;
    },
    close: stream.close,
  };
}
