import { destination, pino } from 'pino';
import { openDriver } from '../activities/machines/open_driver';
import { ProblemError } from '../activities/problem_error';
import { addressOf, gridIdOf } from '../config';
import { inWords } from '../model/errors';
import { close, listen, signalled } from '../process/serve';
import { createConnectorApp } from './connector/app';
import { beMember } from './connector/be_member';
import { openDefinitions } from './connector/definitions';
import { hold } from './connector/hold';
import { readOptions } from './connector/options';
import { needsCommand } from './connector/place';
import { openResources } from './connector/resources';
import { readServicesFile } from './connector/services_file';

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
    // What a call leaves undone the next one does.
    await Promise.all([leave(), close(server, () => ending.abort(new Error('the connector ends')))]);
  } finally {
    release();
  }
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    const said = error instanceof ProblemError ? error.problem : error;
    process.stderr.write(`the connector cannot run: ${inWords(said)}\n`);
    process.exit(1);
  },
);
