import { readAddress, type Address } from './address';
import type { Connector } from './connector';
import { exchange, type Answer } from './exchange';
import { countIn, scaleToNumber, statusOf } from './later_era';
import { Refused } from './refused';
import { scaleOneByOne } from './seed_era';

type Era = 'seed' | 'later';

/** Which contract each connector was found to have, by address and user: it is asked once in the life of a process. */
const eras = new Map<string, Era>();

/**
 * The connector at an `http:` or `https:` URL. It is not called before one of its verbs is.
 * @throws ProblemError 400 `bad_connector`
 */
export function openConnector({ compute, connector }: { compute: string; connector: string }): Connector {
  const address = readAddress(compute, connector);
  return {
    running: (service, signal) => remembering(address, async () => {
      const { era, status } = await eraOf(address, service, signal);
      return era === 'seed' ? undefined : countIn(address, service, status ?? (await statusOf(address, service, signal)));
    }),
    scale: (service, change, signal) => remembering(address, async () => {
      const { era } = await eraOf(address, service, signal);
      return (era === 'seed' ? scaleOneByOne : scaleToNumber)(address, service, change, signal);
    }),
    async reach(signal) {
      await exchange(address, 'GET', '/service', signal);
    },
  };
}

const NO_SUCH_CALL = [404, 405];
const UNDEFINED = 501;

const keyOf = ({ base, authorization = '' }: Address): string => `${base} ${authorization}`;

/** Which contract it has, and the answer by which that was seen, if it was asked just now. */
async function eraOf(address: Address, service: string, signal: AbortSignal): Promise<{ era: Era; status?: Answer }> {
  const known = eras.get(keyOf(address));
  if (known) return { era: known };
  const status = await statusOf(address, service, signal);
  const era = NO_SUCH_CALL.includes(status.status) ? 'seed' : 'later';
  // What answers neither with a status nor that there is no such call may be of any era.
  if (![200, UNDEFINED, ...NO_SUCH_CALL].includes(status.status)) throw new Refused(address, service, status);
  eras.set(keyOf(address), era);
  return { era, status };
}

/** A connector that no longer has a call which it had is another one now. */
async function remembering<T>(address: Address, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused && NO_SUCH_CALL.includes(error.answered)) eras.delete(keyOf(address));
    throw error;
  }
}
