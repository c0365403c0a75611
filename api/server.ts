import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:https';
import { serve } from '@hono/node-server';
import { pino } from 'pino';
import { addressOf, readConfig, type Config, type Listener } from '../config';
import { isProblem } from '../model/errors';
import { joinMembers } from '../process/join_members';
import { createApp } from './app';
import { connect } from '../process/connect';

/** How long requests that are under way may take when the process is asked to end. */
const GRACE_MS = 5_000;
/** A connection whose last answer is given idles for seconds, if nobody ends it. */
const TIDY_MS = 50;
const HEADERS_MS = 10_000;
const REQUEST_MS = 60_000;

/** The API process: serves on every LISTEN entry, whether Temporal is there yet or not, until it is told to end. */
async function main(): Promise<void> {
  const config = readConfig();
  const log = pino({ level: config.logLevel, base: { process: 'api', pid: process.pid } });
  const client = connect(config.temporal);
  const stopping = new AbortController();
  const app = createApp({ client, namespace: config.temporal.namespace, config, log, stopping: stopping.signal });
  const servers = await Promise.all(config.listen.map((listener) => listen(app.fetch, listener, config.tls)));
  log.info({ authentication: config.tokens !== undefined, tls: config.tls !== undefined, listen: config.listen.map(addressOf), temporal: config.temporal.connection.address }, 'listening');
  const membership = joinMembers(client, { kind: 'api', hostname: config.hostname, queue: null, leaseMs: config.memberLeaseMs }, (why) => log.warn({ why }, 'not a member of the grid yet'));
  await signalled('SIGTERM', 'SIGINT');
  log.info('ending');
  stopping.abort();
  await Promise.all([membership.leave(), ...servers.map(close)]);
}

function listen(fetch: Parameters<typeof serve>[0]['fetch'], { host, port }: Listener, tls: Config['tls']): Promise<Server> {
  return new Promise((resolve, reject) => {
    const limits = { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS };
    const how = tls ? { createServer, serverOptions: { ...limits, cert: readFileSync(tls.cert), key: readFileSync(tls.key), minVersion: 'TLSv1.2' as const } } : { serverOptions: limits };
    const server = serve({ fetch, hostname: host, port, ...how }, () => resolve(server)) as Server;
    server.once('error', reject);
  });
}

const signalled = (...signals: NodeJS.Signals[]): Promise<void> =>
  new Promise((resolve) => signals.forEach((signal) => process.once(signal, () => resolve())));

/** Takes no new connection, lets answers under way finish within their grace, then ends the rest. */
function close(server: Server): Promise<void> {
  const tidy = setInterval(() => server.closeIdleConnections(), TIDY_MS);
  const force = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  return new Promise((resolve) => {
    server.close(() => {
      clearInterval(tidy);
      clearTimeout(force);
      resolve();
    });
  });
}

main().then(
  // The connection to Temporal is not closed first: a call of it that is to be repeated would throw.
  () => process.exit(0),
  (error: Error & { code?: string }) => {
    const said = isProblem(error) ? `${error.message}\n${error.fix}` : error.message;
    process.stderr.write(`the API cannot run: ${said}\n`);
    process.exitCode = 1;
  },
);
