import { setTimeout as delay } from 'node:timers/promises';
import type { SshHost } from './connector';
import { sessionOf } from './sessions';
import { behindLoopback } from './temporal_place';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

/**
 * See `Driver.lead`: as soon as an agent needs it, a port of the host's loopback leads over the connection to where
 * Temporal listens. What is in the way is told by the watch, and by who starts an agent: here it is only tried again.
 */
export async function lead(host: SshHost, temporalAddress: string, signal: AbortSignal): Promise<void> {
  const to = behindLoopback(temporalAddress);
  if (!to) return;
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      const session = await sessionOf(host, signal);
      const port = (await session.call('temporalPort', [], { signal })) as number;
      if (await session.forward(port, to, signal)) pauseMs = FIRST_PAUSE_MS;
    } catch {
      if (signal.aborted) return;
    }
    await delay(pauseMs, undefined, { signal }).catch(() => {});
  }
}
