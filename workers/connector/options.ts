import { parseArgs } from 'node:util';
import { readConfig, type Config, type Listener } from '../../config';
import { isProblem, problem } from '../../model/errors';
import { NAME, NAME_RULE } from '../../model/ids';
import { raise } from '../../model/raise';

export interface ConnectorOptions {
  config: Config;
  listener: Listener;
  /** Name of the compute, and of the file of definitions. */
  name: string;
  /** URL whose scheme picks the driver. */
  connector: string;
  /** File of definitions to begin with. */
  services?: string;
}

/**
 * The command line of the connector process, which `grid connector` writes.
 * @throws Problem 400 naming what is wrong
 */
export function readOptions(argv: string[], env: NodeJS.ProcessEnv): ConnectorOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: argv, options: { listen: text, name: text, connector: text, services: text } });
  const { listen = '127.0.0.1:7051', name = '', connector = '', services } = values;
  if (!NAME.test(name)) raise(problem(400, 'invalid_name', `${JSON.stringify(name.slice(0, 80))} is not a name`, `Use ${NAME_RULE}.`, { field: 'name' }));
  const config = configWith(listen, env);
  return { config, listener: config.listen[0]!, name, connector, ...(services ? { services } : {}) };
}

/** Where it may listen is the same for all that the grid has. */
function configWith(listen: string, env: NodeJS.ProcessEnv): Config {
  try {
    const config = readConfig({ ...env, LISTEN: listen });
    if (config.listen.length === 1) return config;
  } catch (error) {
    if (!isProblem(error) || error.field !== 'LISTEN') throw error;
    return raise(problem(400, 'wrong_configuration', error.message.replace('LISTEN=', '--listen '), 'Write e.g. --listen 127.0.0.1:7051.', { field: 'listen' }));
  }
  return raise(problem(400, 'wrong_configuration', `--listen ${listen} names several addresses`, 'Give one, e.g. --listen 127.0.0.1:7051.', { field: 'listen' }));
}
