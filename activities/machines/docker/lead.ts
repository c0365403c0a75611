import { setTimeout as delay } from 'node:timers/promises';
import { throwProblem } from '../../problem_error';
import type { Address } from '../ssh/forward';
import { behindLoopback, candidatePorts } from '../ssh/temporal_place';
import type { Engine } from './engine';
import { relayPort, untilRelay } from './relay';
import type { Place } from './tunnel';

/** Who held the port may just be letting go of it, and who chose one be about to say so. */
const ATTEMPTS = 10;
const PAUSE_MS = 300;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

// Loaded where it is needed: most engines are of this host.
const tunnel = async (engine: Engine, place: Place) => (await import('./tunnel')).tunnelOf(engine.host, place);

/**
 * The port of the loopback of the engine's host at which Temporal is found there: that of the relay, which agents that
 * run know; else the first at which the host listens for us.
 * @throws ProblemError 422 `forwarding_refused`, and as `login`
 */
export async function leadingPort(engine: Engine, place: Place, to: Address): Promise<number> {
  const { lead, opens } = await tunnel(engine, place);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const known = await relayPort(engine, {});
    if (known && (await opens(known))) return known;
    for (const port of known ? [known] : candidatePorts(place.ssh)) {
      if (await lead(port, to, AbortSignal.abort())) return port;
    }
    await delay(PAUSE_MS);
  }
  const { compute } = engine.host;
  const { host, port } = place.ssh;
  return throwProblem(422, 'forwarding_refused', `compute ${compute}: host ${host}:${port} does not let agents there reach Temporal, which listens on loopback of the grid's own host: sshd refuses to listen at a port for the grid`,
    'Set AllowTcpForwarding to yes in sshd_config of that host, or TEMPORAL_ADDRESS of the grid to an address that the host can reach.', { field: 'connector' });
}

/**
 * See `Driver.lead`: as long as there is a relay, the port that it leads to leads on over the connection to where Temporal
 * listens. What is in the way is told by the watch, and by who starts an agent: here it is only tried again.
 */
export async function lead(engine: Engine, place: Place, temporalAddress: string, signal: AbortSignal): Promise<void> {
  const to = behindLoopback(temporalAddress);
  if (!to) return;
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      await untilRelay(engine, (port) => port !== undefined, signal);
      const port = await relayPort(engine, { signal });
      if (port && (await hold(engine, place, port, to, signal))) pauseMs = FIRST_PAUSE_MS;
    } catch {
      if (signal.aborted) return;
    }
    await delay(pauseMs, undefined, { signal }).catch(() => {});
  }
}

/** Holds the port while the relay leads to it. */
async function hold(engine: Engine, place: Place, port: number, to: Address, signal: AbortSignal): Promise<boolean> {
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  untilRelay(engine, (now) => now !== port, both).catch(() => {}).finally(() => over.abort());
  const { lead: leads } = await tunnel(engine, place);
  return leads(port, to, both).finally(() => over.abort());
}
