import type { IncomingMessage } from 'node:http';
import { exchange, textOf, type Question } from './exchange';
import { readLocation, shownAddress, type Address, type Masters } from './masters';
import { MasterUnreachable } from './trouble';

/** The masters as one: whatever is asked is asked of the one that leads. */
export interface Leader {
  masters: Masters;
  /**
   * Asks each master once, or follows where it leads, until the leading one answers. Nothing is asked twice of one.
   * @throws MasterUnreachable when none leads now; ask again, but not at once: a leader that died is led to for ten more seconds.
   */
  ask(question: Question, signal: AbortSignal): Promise<{ at: Address; response: IncomingMessage }>;
}

const SERVICE_UNAVAILABLE = 503;
const REDIRECT = 307;

export function openLeader(masters: Masters): Leader {
  let known: Address | undefined;
  const candidates = async (): Promise<Address[]> => {
    const { at } = masters;
    if (!('zooKeeper' in at)) return known ? [known, ...at] : [...at];
    // Loaded where it is needed: most clusters are named by their masters.
    const { readLeader } = await import('./zookeeper');
    return [await readLeader(masters, at)];
  };
  return {
    masters,
    async ask(question, signal) {
      const open = await candidates();
      const asked = new Set<string>();
      const reasons: string[] = [];
      let delivered = false;
      for (let at = open.shift(); at; at = open.shift()) {
        if (asked.has(shownAddress(at))) continue;
        asked.add(shownAddress(at));
        try {
          const response = await exchange(masters, at, question, signal);
          if (response.statusCode !== REDIRECT && response.statusCode !== SERVICE_UNAVAILABLE) {
            known = at;
            return { at, response };
          }
          const next = readLocation(response.headers.location);
          if (next) open.unshift(next);
          reasons.push(`${shownAddress(at)} says ${next ? `${shownAddress(next)} leads` : (await textOf(response)) || response.statusCode}`);
          response.resume();
        } catch (error) {
          if (!(error instanceof MasterUnreachable)) throw error;
          delivered ||= error.delivered;
          reasons.push(error.problem.evidence!);
        }
      }
      known = undefined;
      throw new MasterUnreachable(masters, reasons.join('; '), delivered);
    },
  };
}
