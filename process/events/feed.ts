import { setTimeout as delay } from 'node:timers/promises';
import { beginning, deliver, forget, type Delivered } from '../../model/events/delivered';
import type { Summary } from '../../model/lifecycle';
import type { Reach } from '../within';
import { changesSince } from './changes_since';

export type FeedNews = { changes: Summary[] } | { away: true };

/** All changes of all lifecycles, for as many listeners as there are; Temporal is asked only while there are some. */
export interface Feed {
  /**
   * Tells everything that changes once this has resolved.
   * @throws where Temporal does not answer
   */
  listen(listener: (news: FeedNews) => void): Promise<() => void>;
}

const EVERY_MS = 500;

export function openFeed(reach: Reach, everyMs = EVERY_MS): Feed {
  const listeners = new Set<(news: FeedNews) => void>();
  let begun: Promise<void> | undefined;
  const tell = (news: FeedNews) => [...listeners].forEach((listener) => listener(news));
  const look = async (delivered: Delivered) => (await changesSince(reach, delivered)).filter((change) => deliver(delivered, change));

  async function begin(): Promise<void> {
    const delivered = beginning(Date.now());
    await look(delivered);
    void goOn(delivered);
  }

  async function goOn(delivered: Delivered): Promise<void> {
    for (;;) {
      await delay(everyMs, undefined, { ref: false });
      if (listeners.size === 0) return void (begun = undefined);
      try {
        const changes = await look(delivered);
        if (changes.length > 0) tell({ changes });
        forget(delivered);
      } catch {
        tell({ away: true });
      }
    }
  }

  return {
    async listen(listener) {
      listeners.add(listener);
      try {
        await (begun ??= begin());
      } catch (error) {
        listeners.delete(listener);
        begun = undefined;
        throw error;
      }
      return () => void listeners.delete(listener);
    },
  };
}
