import { readSshConnector } from './connector';
import { openHost } from './one_host';
import { openSeveral } from './several_hosts';

/**
 * Machines on hosts that are reached by ssh. A host that cannot be reached is a ProblemError 503 `host_unreachable`, and
 * says nothing about its machines.
 * @throws ProblemError 400 for a wrong connector.
 */
export function openSshDriver(options: { name: string; connector: string; grid: string }) {
  const hosts = readSshConnector(options, options.connector);
  const [only] = hosts.values();
  return hosts.size === 1 ? openHost(only!) : openSeveral(options.name, hosts);
}
