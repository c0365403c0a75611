import type { Client } from '@temporalio/client';
import { isOffered } from '../../model/mesos/is_offered';
import { throwProblem } from '../problem_error';
import { openDockerDriver } from './docker/open';
import type { Driver } from './driver';
import { openMesosDriver } from './mesos/open';
import { openProcessDriver } from './process/open';
import { openSshDriver } from './ssh/open';

export interface DriverOptions {
  /** The compute's name. */
  name: string;
  /** URL whose scheme picks the driver, e.g. `process:?cpu=4`. */
  connector: string;
  gridHome: string;
  /** The grid's id: label of everything a driver makes. */
  grid: string;
  /** Where what a driver keeps in workflows is. */
  client?: Client;
}

/**
 * The driver behind a connector URL.
 * @throws ProblemError 400 when the URL is none, its scheme is unknown, or its parameters are wrong.
 */
export function openDriver(options: DriverOptions): Driver {
  // A list of hosts, as it may have, is no URL.
  if (/^ssh:/i.test(options.connector)) return openSshDriver(options);
  if (isOffered(options.connector)) return openMesosDriver(options);
  const url = connectorUrl(options);
  switch (url.protocol) {
    case 'process:':
      return openProcessDriver(options, url);
    case 'docker:':
    case 'docker+ssh:':
      return openDockerDriver(options, url);
    default:
      return throwProblem(400, 'unknown_connector', `compute ${options.name}: no driver for connectors beginning with ${url.protocol}`,
        'Use a connector that begins with process:, docker:, docker+ssh:, ssh:, mesos: or zk:', { field: 'connector', evidence: options.connector });
  }
}

function connectorUrl({ name, connector }: DriverOptions): URL {
  const url = URL.canParse(connector) ? new URL(connector) : undefined;
  return url ?? throwProblem(400, 'bad_connector', `compute ${name}: the connector is not a URL`,
    'Write it as scheme:… , e.g. process:', { field: 'connector', evidence: connector });
}
