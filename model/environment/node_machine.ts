import { getFloat, getInt, getStr } from '../hrd/get';
import { substitute } from '../hrd/substitute';
import { isNode, nodeOf, producersOf } from './consume';
import type { Environment, ModelledService } from './environment';
import { hrdWithProducers } from './files_of';
import type { ServicePath } from './identity';
import type { NodeMachine } from './run';

/** Parameters that nobody gave a value say nothing. */
const withoutEmpty = (connector: string) => connector.replace(/[?&]\w+=(?=&|$)/g, '').replace(/^([^?&]*)&/, '$1?');

/** The machine that services are on which consume no node: the grid's own. */
export const OWN_MACHINE: NodeMachine = { node: '', compute: 'host', cpu: 0.5, memMiB: 512 };
const DEFAULT_CPU = 0.5;
const DEFAULT_MEM_MIB = 512;

/** The node whose machine a service is on; null for the grid's own, and where the node is not in the model any more. */
export const nodePathOf = (environment: Environment, service: ModelledService): ServicePath | null =>
  isNode(service) ? service.path : (producersOf(environment, service, 'node')[0] ?? null);

/**
 * The machine that a service is on. A service of the category node is one itself: `machine.compute` of its `service.hrd`
 * names the compute that has it, and `machine.connector` what that compute is where there is none of that name.
 */
export function machineFor(environment: Environment, service: ModelledService): NodeMachine {
  const node = isNode(service) ? service : nodeOf(environment, service);
  if (!node) return OWN_MACHINE;
  const hrd = substitute(hrdWithProducers(environment, node), () => undefined);
  const connector = withoutEmpty(getStr(hrd, 'service.machine.connector', ''));
  const compute = getStr(hrd, 'service.machine.compute', '') || (connector ? node.path.replaceAll('/', '--').slice(-63) : OWN_MACHINE.compute);
  return {
    node: node.path, compute, cpu: getFloat(hrd, 'service.machine.cpu', DEFAULT_CPU), memMiB: getInt(hrd, 'service.machine.mem', DEFAULT_MEM_MIB),
    ...(connector ? { connector } : {}),
  };
}
