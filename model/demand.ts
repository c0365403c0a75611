import type { Demand } from './compute';
import type { NodeSpec } from './node';
import { rulesOf } from './place_rules';

/** What a node of a template asks of its compute. */
export const demandOf = (spec: NodeSpec): Demand => ({
  node: spec.name,
  cpu: spec.cpu,
  memMiB: spec.memMiB,
  disks: spec.disks.map((disk) => disk.name),
  customDisks: spec.customDisks,
  networks: spec.networks.map(({ device, network, address }) => ({ device, network, ...(address ? { address } : {}) })),
  ...(spec.requiredHost ? { requiredHost: spec.requiredHost } : {}),
  ...(spec.checkPorts.length > 0 ? { ports: spec.checkPorts } : {}),
  ...(spec.placement ? { placement: spec.placement } : {}),
  ...rulesOf(spec),
});
