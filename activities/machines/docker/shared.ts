import { within } from '../../within';
import type { Engine } from './engine';

const underWay = new Map<string, Promise<unknown>>();

/**
 * One does what all want at this moment, such as the nodes of one cluster. Who no longer waits does not end it for the
 * others.
 * @param what names the work, beside engine and compute
 * @param work has limits of its own
 */
export async function shared<T>(engine: Engine, what: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  const key = JSON.stringify([engine.host, what]);
  const going = (underWay.get(key) as Promise<T> | undefined) ?? work().finally(() => underWay.delete(key));
  underWay.set(key, going);
  await within(going.then(() => {}, () => {}), Infinity, signal);
  signal?.throwIfAborted();
  return going;
}
