import { throwProblem } from '../problem_error';
import type { Address } from './address';
import type { Change } from './connector';
import { exchange, NoAnswer } from './exchange';
import { Refused } from './refused';

/** `start` and `kill`, the contract of the seed (G-10, C-4). Neither may be made twice, and nothing tells what runs. */

const call = (address: Address, service: string, verb: 'start' | 'kill', signal: AbortSignal) =>
  exchange(address, 'GET', `/service/${encodeURIComponent(service)}/${verb}`, signal);

/** One call for each that is missing or too much; where that cannot go on, what came of it so far. */
export const scaleOneByOne = (address: Address, service: string, change: Change, signal: AbortSignal): Promise<number | undefined> =>
  change.wanted > change.had ? startMissing(address, service, change, signal) : killSurplus(address, service, change, signal);

async function startMissing(address: Address, service: string, { wanted, had }: Change, signal: AbortSignal): Promise<number> {
  for (let running = had; running < wanted; running += 1) {
    try {
      const answer = await call(address, service, 'start', signal);
      if (answer.status !== 200) throw new Refused(address, service, answer);
    } catch (error) {
      if (error instanceof NoAnswer && error.delivered) throwUnknown(address, service, `${running - had} were started, and one more may have been`, error);
      // The caller must know of those that were started, or starts them again; the next call meets the same problem.
      if (running > had && (error instanceof NoAnswer || error instanceof Refused)) return running;
      throw error;
    }
  }
  return wanted;
}

/**
 * `kill` is read as the documents of its time have it: one ends. The connector of its time ended all of the service,
 * so what is left is known only where none is wanted. There the first one that is taken is enough: the others are for
 * connectors that keep to the documents, and may be refused.
 */
async function killSurplus(address: Address, service: string, { wanted, had }: Change, signal: AbortSignal): Promise<number | undefined> {
  for (let killed = 0; killed < had - wanted; killed += 1) {
    const isEnough = wanted === 0 && killed > 0;
    try {
      const answer = await call(address, service, 'kill', signal);
      if (answer.status !== 200 && !isEnough) throw new Refused(address, service, answer);
    } catch (error) {
      if (error instanceof NoAnswer && error.delivered && !isEnough) throwUnknown(address, service, `${killed} were ended, and one more may have been`, error);
      if (killed > 0 && (error instanceof NoAnswer || error instanceof Refused)) return undefined;
      throw error;
    }
  }
  return wanted === 0 || wanted === had ? wanted : undefined;
}

function throwUnknown({ compute, base }: Address, service: string, sofar: string, { message }: NoAnswer): never {
  throwProblem(502, 'outcome_unknown', `compute ${compute}: of service ${service} ${sofar}: ${message}`,
    `See on the compute how many of ${service} run; the connector at ${base} has no call that says so, and asking again could double what was done.`, { error: 'bad gateway' });
}
