import { setTimeout as delay } from 'node:timers/promises';
import type { MachineDeath, OnReach } from '../../../model/machine';
import type { SshHost } from './connector';
import { sessionOf } from './sessions';
import { isUnreachable } from './unreachable';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/**
 * See `Driver.watch`. A host that cannot be reached is no dead machine: it is asked again and again, and tells then what
 * died meanwhile.
 */
export async function watch(host: SshHost, onDeath: (death: MachineDeath) => Promise<void>, signal: AbortSignal, onReach?: OnReach): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      const session = await sessionOf(host, signal);
      pauseMs = FIRST_PAUSE_MS;
      await onReach?.(null);
      await session.call('watch', [], { signal, onDeath });
    } catch (error) {
      if (signal.aborted) return;
      if (!isUnreachable(error)) throw error;
      await onReach?.(error.problem);
    }
    await delay(pauseMs, undefined, { signal }).catch(() => {});
  }
}
