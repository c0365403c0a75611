import { setMaxListeners } from 'node:events';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Waits for an event, but not longer than `limitMs` and not beyond an abort. True when the event came. */
export async function within(event: Promise<unknown>, limitMs: number, signal?: AbortSignal): Promise<boolean> {
  let cut = () => {};
  const over = new Promise<false>((resolve) => { cut = () => resolve(false); });
  // A longer timer would fire at once.
  const timer = setTimeout(cut, Math.min(limitMs, LONGEST_TIMER_MS));
  // One signal may call off a hundred waits; that is no leak, for each takes itself off it.
  if (signal) setMaxListeners(0, signal);
  signal?.addEventListener('abort', cut);
  if (signal?.aborted) cut();
  try {
    return await Promise.race([event.then(() => true), over]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cut);
  }
}
