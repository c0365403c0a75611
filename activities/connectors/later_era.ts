import type { Address } from './address';
import type { Change } from './connector';
import { exchange, NoAnswer, type Answer } from './exchange';
import { Refused } from './refused';

/** `scale` and `status`, the contract since 0.1.0 (G-11, G-12). Both may be called twice. */

export const statusOf = (address: Address, service: string, signal: AbortSignal): Promise<Answer> =>
  exchange(address, 'GET', `/service/${encodeURIComponent(service)}/status`, signal);

/** @throws Refused for an answer that holds no number of resources */
export function countIn(address: Address, service: string, answer: Answer): number {
  const count = answer.status === 200 && !answer.cut ? resourcesIn(answer.text) : undefined;
  if (count === undefined) throw new Refused(address, service, answer);
  return count;
}

function resourcesIn(text: string): number | undefined {
  try {
    const { running_resources: count } = JSON.parse(text) as { running_resources?: unknown };
    return Number.isSafeInteger(count) && (count as number) >= 0 ? (count as number) : undefined;
  } catch {
    return undefined;
  }
}

/** Asks for the whole number, then looks what came of it: also where the answer was lost on its way. */
export async function scaleToNumber(address: Address, service: string, { wanted }: Change, signal: AbortSignal): Promise<number | undefined> {
  const lost = await order(address, service, wanted, signal);
  const running = await look(address, service, signal);
  if (lost && running !== wanted) throw lost;
  return running;
}

/** The problem when nobody answered, though it may have been heard. */
async function order(address: Address, service: string, number: number, signal: AbortSignal): Promise<NoAnswer | undefined> {
  try {
    const answer = await exchange(address, 'POST', `/service/${encodeURIComponent(service)}/scale`, signal, { number });
    if (answer.status !== 200) throw new Refused(address, service, answer);
    return undefined;
  } catch (error) {
    if (error instanceof NoAnswer && error.delivered) return error;
    throw error;
  }
}

/** What runs now; undefined when that cannot be seen at this moment. */
async function look(address: Address, service: string, signal: AbortSignal): Promise<number | undefined> {
  try {
    return countIn(address, service, await statusOf(address, service, signal));
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
