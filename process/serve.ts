import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:https';
import { serve } from '@hono/node-server';
import type { Config, Listener } from '../config';
import { refuseRaw } from './refuse_raw';

/** How long requests that are under way may take when the process is asked to end. */
const GRACE_MS = 5_000;
/** A connection whose last answer is given idles for seconds, if nobody ends it. */
const TIDY_MS = 50;
/** A caller that sends slowly is waited for so long, and at most as much longer as lies between two looks. */
const LIMITS = { headersTimeout: 10_000, requestTimeout: 60_000, connectionsCheckingInterval: 5_000 };

/**
 * Serves on one address.
 * @param limits tests have others
 * @throws what Node says of an address that cannot be had, and of files of TLS that cannot be read
 */
export function listen(fetch: Parameters<typeof serve>[0]['fetch'], { host, port }: Listener, tls?: Config['tls'], limits = LIMITS): Promise<Server> {
  return new Promise((resolve, reject) => {
    const how = tls ? { createServer, serverOptions: { ...limits, cert: readFileSync(tls.cert), key: readFileSync(tls.key), minVersion: 'TLSv1.2' as const } } : { serverOptions: limits };
    const server = serve({ fetch, hostname: host, port, ...how }, () => resolve(server)) as Server;
    server.once('error', reject);
    refuseRaw(server);
  });
}

/** Until one of these is told to the process. */
export const signalled = (...signals: NodeJS.Signals[]): Promise<void> =>
  new Promise((resolve) => signals.forEach((signal) => process.once(signal, () => resolve())));

/**
 * Takes no new connection, lets answers under way finish within their grace, then ends the rest.
 * @param onForce what else is to be called off then
 */
export function close(server: Server, onForce?: () => void): Promise<void> {
  const tidy = setInterval(() => server.closeIdleConnections(), TIDY_MS);
  const force = setTimeout(() => {
    onForce?.();
    server.closeAllConnections();
  }, GRACE_MS);
  return new Promise((resolve) => {
    server.close(() => {
      clearInterval(tidy);
      clearTimeout(force);
      resolve();
    });
  });
}
