import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { isAlive } from '../../processes/identity';
import { within } from '../../within';
import { isMissing } from './directory';
import type { RecordedRun } from './run';

export interface Lifeline {
  /** Resolves in the moment init dies, or `close` is called. */
  ended: Promise<void>;
  close(): void;
}

/**
 * Holds on to the FIFO that only init has open for writing: the kernel tells its end. Undefined when init is dead.
 * @throws when init lives and its lifeline was removed.
 */
export function holdLifeline(run: RecordedRun): Lifeline | undefined {
  if (!isAlive(run.record)) return undefined;
  const fd = openLifeline(run);
  if (fd === undefined) return undefined;
  const socket = new Socket({ fd, readable: true, writable: false });
  const ended = new Promise<void>((resolve) => { socket.once('close', () => resolve()); });
  socket.on('error', () => {}).resume();
  // A FIFO opened after its last writer had gone never tells an end: whoever died before the opening is seen here.
  if (!isAlive(run.record)) socket.destroy();
  return { ended, close: () => socket.destroy() };
}

function openLifeline({ path, record }: RecordedRun): number | undefined {
  try {
    return openSync(join(path, `lifeline.${record.pid}`), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    // A stop of somebody else may just have removed all of it.
    if (isMissing(error) && !isAlive(record)) return undefined;
    throw error;
  }
}

/** Waits until init is dead: true, or until the time is over: false. Rejects with the signal's reason. */
export async function awaitDeath(run: RecordedRun, limitMs: number, signal: AbortSignal): Promise<boolean> {
  const lifeline = holdLifeline(run);
  if (!lifeline) return true;
  try {
    const dead = await within(lifeline.ended, limitMs, signal);
    signal.throwIfAborted();
    return dead;
  } finally {
    lifeline.close();
  }
}
