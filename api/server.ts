import { addressOf, readConfig } from '../config';
import { inWords } from '../model/errors';
import { untilAdmitted } from '../process/codec/admitted';
import { joinMembers } from '../process/join_members';
import { connect } from '../process/connect';
import { openLog } from '../process/log';
import { close, listen, signalled } from '../process/serve';
import { openTracing } from '../process/tracing/tracing';
import { createApp } from './app';

/** The API process: serves on every LISTEN entry, whether Temporal is there yet or not, until it is told to end. */
async function main(): Promise<void> {
  const config = readConfig();
  const log = openLog('api', config);
  const tracing = await openTracing('api');
  const client = connect(config.temporal, tracing);
  const stopping = new AbortController();
  const app = createApp({ client, namespace: config.temporal.namespace, config, log, tracing, stopping: stopping.signal });
  const servers = await Promise.all(config.listen.map((listener) => listen(app.fetch, listener, config.tls)));
  log.info({ authentication: config.tokens !== undefined, tls: config.tls !== undefined, listen: config.listen.map(addressOf), temporal: config.temporal.connection.address }, 'listening');
  const { namespace, codecKeys } = config.temporal;
  untilAdmitted({ workflowService: client.workflowService, namespace, keys: codecKeys }, stopping.signal).catch(end);
  const membership = joinMembers(client, { kind: 'api', hostname: config.hostname, queue: null, leaseMs: config.memberLeaseMs }, (why) => log.warn({ why }, 'not a member of the grid yet'));
  await signalled('SIGTERM', 'SIGINT');
  log.info('ending');
  stopping.abort();
  await Promise.all([membership.leave(), ...servers.map((server) => close(server))]);
  await tracing?.end();
}

function end(error: Error): never {
  process.stderr.write(`the API cannot run: ${inWords(error)}\n`);
  process.exit(1);
}

// The connection to Temporal is not closed first: a call of it that is to be repeated would throw.
main().then(() => process.exit(0), end);
