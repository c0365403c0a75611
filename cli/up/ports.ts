import { createServer } from 'node:net';
import { addressOf, DEFAULT_TEMPORAL_PORT, UI_PORT_OFFSET, type Listener } from '../../config';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import type { Tell } from './progress';

const TRIES = 200;

/** True when this process could listen there. */
export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/**
 * Port of the embedded Temporal server, with room for its UI: what was asked for, or nothing; else where agents know it from before,
 * else 7233 or the next free one.
 * @throws Problem `port_in_use`
 */
export async function temporalPort({ asked, before }: { asked?: number; before?: number }, tell: Tell): Promise<number> {
  const roomAt = async (port: number) => (await isFree(port)) && (await isFree(port + UI_PORT_OFFSET));
  if (asked === undefined && before !== undefined) {
    if (await roomAt(before)) return before;
    tell(`port ${before}, at which agents of this environment know Temporal, is in use: those in containers and on this host do not come until it is there again`);
  }
  if (asked !== undefined) {
    if (await roomAt(asked)) return asked;
    return raise(inUse(`127.0.0.1:${asked} or :${asked + UI_PORT_OFFSET} (its UI)`, 'GRID_TEMPORAL_PORT', 'Temporal'));
  }
  for (let port = DEFAULT_TEMPORAL_PORT; port < DEFAULT_TEMPORAL_PORT + TRIES; port++) {
    if (await roomAt(port)) return port;
  }
  const last = DEFAULT_TEMPORAL_PORT + TRIES - 1;
  return raise(inUse(`every port from ${DEFAULT_TEMPORAL_PORT} to ${last}`, 'GRID_TEMPORAL_PORT', 'Temporal'));
}

/** @throws Problem `port_in_use` naming the first address of the API that another process has */
export async function checkListeners(listen: Listener[]): Promise<void> {
  for (const listener of listen) {
    if (!(await isFree(listener.port, listener.host))) raise(inUse(addressOf(listener), 'LISTEN', 'the API'));
  }
}

const inUse = (where: string, variable: string, what: string) =>
  problem(409, 'port_in_use', `${what} cannot listen: ${where} is in use`, `end what listens there, or set ${variable} to a free one`);
