import type { Allocation, Demand } from '../compute';
import { rulesOf } from '../place_rules';
import type { MesosPlace } from './match';

/** A place on what is offered, as the compute writes it down: in whatever network a node is, it has the address of its host. */
export function allocationOf(demand: Demand, { node, host, disks, address }: MesosPlace): Allocation {
  const networks = demand.networks.length > 0 ? demand.networks : [{ device: 'eth0', network: 'host' }];
  const { cpu, memMiB, ports } = demand;
  return { node, host, cpu, memMiB, disks, networks: networks.map(({ device, network }) => ({ device, network, address })), ...(ports ? { ports } : {}), ...rulesOf(demand) };
}
