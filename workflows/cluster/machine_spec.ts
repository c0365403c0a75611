import type { ClusterNode, ClusterState } from '../../model/cluster';
import { diskOrigin } from '../../model/disk_origin';
import { clusterDn, nodeDn } from '../../model/ids';
import type { MachineDisk, MachineSpec } from '../../model/machine';

/** The machine of a node that has its place. */
export function specOf(state: ClusterState, node: ClusterNode): MachineSpec {
  const { spec, allocation } = node;
  const dn = clusterDn(state.key);
  return {
    id: node.machine, owner: state.id, node: spec.name, generation: node.generation,
    ...(allocation ? { host: allocation.host } : {}),
    ...(spec.command ? { command: spec.command } : {}),
    ...(spec.image ? { image: spec.image } : {}),
    env: { ...spec.env, CLUSTERDN: dn, NODEDN: nodeDn(dn, spec.name) },
    cpu: spec.cpu, memMiB: spec.memMiB,
    disks: disksOf(state, node),
    networks: allocation?.networks ?? [],
  };
}

/** P-34: where a node's disks are depends on the node and the disk alone, so its next machine finds the same data. */
export const disksOf = (state: ClusterState, { spec, allocation }: ClusterNode): MachineDisk[] =>
  (allocation?.disks ?? []).map((name, i) => ({
    name,
    origin: diskOrigin(state.place?.diskRoot ?? '', name, nodeDn(clusterDn(state.key), spec.name)),
    destination: spec.disks[i]!.destination,
    mode: spec.disks[i]!.mode,
  }));
