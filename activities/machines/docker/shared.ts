import { within } from '../../within';
import type { Engine } from './engine';

const underWay = new Map<string, Promise<unknown>>();
const keyOf = ({ host }: Engine, what: string): string => `${JSON.stringify(host)} ${what}`;

/**
 * One does what all want at this moment, such as the nodes of one cluster. Who no longer waits does not end it for the
 * others.
 * @param what names the work, beside engine and compute
 * @param work has limits of its own
 */
export async function shared<T>(engine: Engine, what: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  const key = keyOf(engine, what);
  const going = (underWay.get(key) as Promise<T> | undefined) ?? work().finally(() => underWay.delete(key));
  underWay.set(key, going);
  await within(going.then(() => {}, () => {}), Infinity, signal);
  signal?.throwIfAborted();
  return going;
}

/** Until work is over whose name begins like this: it goes on although all who wanted it may have given up. */
export async function settled(engine: Engine, beginning: string, signal?: AbortSignal): Promise<void> {
  const going = [...underWay].filter(([key]) => key.startsWith(keyOf(engine, beginning))).map(([, work]) => work);
  await within(Promise.allSettled(going), Infinity, signal);
}
