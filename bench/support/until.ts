import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;

/**
 * Asks again and again until there is an answer.
 * @param lookEveryMs what is measured shares the processor with whoever looks
 * @throws Error naming what was waited for, when there is none within `withinMs`
 */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false>, withinMs = 60_000, lookEveryMs = LOOK_EVERY_MS): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${withinMs / 1000} s`);
    await sleep(lookEveryMs);
  }
}
