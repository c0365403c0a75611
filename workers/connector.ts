import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { destination, pino } from 'pino';
import { openDriver } from '../activities/machines/driver';
import { ProblemError } from '../activities/problem_error';
import { addressOf, gridIdOf, type Listener } from '../config';
import { isProblem } from '../model/errors';
import { createConnectorApp } from './connector/app';
import { beMember } from './connector/be_member';
import { openDefinitions } from './connector/definitions';
import { hold } from './connector/hold';
import { readOptions } from './connector/options';
import { needsCommand } from './connector/place';
import { openResources } from './connector/resources';
import { readServicesFile } from './connector/services_file';

/** How long calls that are under way may take when the process is asked to end. */
const GRACE_MS = 5_000;

/** The connector process: serves the contract of a genisys connector over one compute, until it is told to end. */
async function main(): Promise<void> {
  const { config, listener, name, connector, services } = readOptions(process.argv.slice(2), process.env);
  const told = signalled('SIGTERM', 'SIGINT');
  const log = pino({ level: config.logLevel, base: { process: 'connector', pid: process.pid } }, destination(2));
  const release = hold(config.home, name);
  try {
    const definitions = await openDefinitions(config.home, name, services ? await readServicesFile(services) : []);
    const driver = openDriver({ name, connector, gridHome: config.home, grid: gridIdOf(config) });
    // A compute that cannot be used is told now, and not by the first call.
    await driver.capacity();
    const ending = new AbortController();
    const resources = openResources({ compute: name, driver, needsCommand: needsCommand(connector) }, ending.signal);
    const server = await listen(createConnectorApp({ definitions, resources, log }).fetch, listener);
    process.stdout.write(`connector of compute ${name} at http://${addressOf(listener)}, services defined: ${definitions.all().length}; Ctrl-C ends it, not what it runs\n`);
    const leave = beMember(config, (why) => log.warn({ why }, 'not a member of the grid yet'));
    await told;
    await Promise.all([leave(), close(server, ending)]);
  } finally {
    release();
  }
}

function listen(fetch: Parameters<typeof serve>[0]['fetch'], { host, port }: Listener): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port, serverOptions: { headersTimeout: 10_000, requestTimeout: 60_000 } }, () => resolve(server)) as Server;
    server.once('error', reject);
  });
}

const signalled = (...signals: NodeJS.Signals[]): Promise<void> =>
  new Promise((resolve) => signals.forEach((signal) => process.once(signal, () => resolve())));

/** Takes no new call, and lets those under way finish within their grace; what they leave undone the next call does. */
function close(server: Server, ending: AbortController): Promise<void> {
  const tidy = setInterval(() => server.closeIdleConnections(), 50);
  const force = setTimeout(() => {
    ending.abort(new Error('the connector ends'));
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

main().then(
  () => process.exit(0),
  (error: Error) => {
    const said = error instanceof ProblemError ? error.problem : error;
    process.stderr.write(`the connector cannot run: ${isProblem(said) ? `${said.message}\n${said.fix}` : said.message}\n`);
    process.exit(1);
  },
);
