import type { ClusterNode, ClusterRole, ClusterState, NodeStatus } from './cluster';
import { clusterDn, nodeDn, roleDn } from './ids';
import { hasCondition, type Summary } from './lifecycle';
import type { MachineExit } from './machine';
import type { OptionValue } from './product';

export const ERROR_DURING_CONFIGURATION = 'error during configuration';

/** The status word of the PaaS façade: the seven, plus the original's word for a blocked configuration. */
export function statusWord(state: string, step?: string, blocked?: boolean): string {
  return blocked && state === 'configuring' && step === 'configure' ? ERROR_DURING_CONFIGURATION : state;
}

export interface NodeView {
  dn: string;
  name: string;
  cpu: number;
  mem: number;
  host: string;
  status: NodeStatus;
  disks: { name: string; host: string }[];
  networks: { name: string; address: string }[];
  address: string;
  machine: string;
  generation: number;
  exit?: MachineExit;
  lastOutput?: string;
  /** Last words of the check of its image while that fails. */
  unhealthy?: string;
}

/** P-15: a node as the façade lists it; a destroyed one has host and addresses `_`. */
export function viewNode(state: ClusterState, node: ClusterNode): NodeView {
  const gone = node.status === 'destroyed' || !node.allocation;
  const host = gone ? '_' : node.host;
  return {
    dn: nodeDn(clusterDn(state.key), node.spec.name),
    name: node.spec.name, cpu: node.spec.cpu, mem: node.spec.memMiB, host, status: node.status,
    disks: gone ? [] : node.allocation!.disks.map((name) => ({ name, host })),
    networks: gone
      ? node.spec.networks.map((n) => ({ name: n.network, address: '_' }))
      : node.allocation!.networks.map((n) => ({ name: n.network, address: n.address })),
    address: gone ? '_' : (node.allocation!.networks[0]?.address ?? '_'),
    machine: node.machine, generation: node.generation,
    ...(node.exit ? { exit: node.exit } : {}),
    ...(node.lastOutput ? { lastOutput: node.lastOutput } : {}),
    ...(node.unhealthy === undefined ? {} : { unhealthy: node.unhealthy }),
  };
}

export interface RoleView {
  dn: string;
  name: string;
  status: string;
  nodes: string[];
  properties: Record<string, unknown>;
}

export const viewRole = (state: ClusterState, role: ClusterRole): RoleView => ({
  dn: roleDn(clusterDn(state.key), role.spec.name),
  name: role.spec.name, status: role.status, nodes: role.spec.nodes, properties: role.spec.properties,
});

/** What `document` answers for a cluster: its lifecycle and what it consists of. */
export interface ClusterDocument extends Omit<ClusterState, 'nodes' | 'roles' | 'order' | 'place' | 'next' | 'retiring' | 'everReady' | 'seen' | 'undo' | 'decision' | 'interrupt' | 'repairs'> {
  dn: string;
  dnsname: string;
  status: string;
  options: Record<string, OptionValue>;
  compute: string;
  nodes: NodeView[];
  roles: RoleView[];
}

export interface ClusterSummaryDetail {
  dn: string;
  dnsname: string;
  /** The façade's word, see {@link statusWord}. */
  status: string;
  nodes: number;
  running: number;
  compute: string;
}

export type ClusterSummary = Omit<Summary, 'detail'> & { detail: ClusterSummaryDetail & Summary['detail'] };

export function viewSummaryDetail(state: ClusterState): ClusterSummaryDetail & Summary['detail'] {
  return {
    dn: clusterDn(state.key),
    dnsname: state.order.spec.dnsname,
    status: statusOf(state),
    nodes: state.nodes.length,
    running: state.nodes.filter((n) => n.status === 'running').length,
    compute: state.order.compute,
  };
}

const statusOf = (state: ClusterState) =>
  statusWord(state.state, state.steps.find((s) => s.state === 'blocked')?.name, hasCondition(state, 'Blocked'));

export function viewCluster(state: ClusterState): ClusterDocument {
  const { nodes, roles, order, place: _p, next: _n, retiring: _r, everReady: _e, seen: _s, undo: _u, decision: _d, interrupt: _i, repairs: _x, ...life } = state;
  return {
    ...life,
    dn: clusterDn(state.key), dnsname: order.spec.dnsname, status: statusOf(state), options: order.options, compute: order.compute,
    nodes: nodes.map((n) => viewNode(state, n)),
    roles: roles.map((r) => viewRole(state, r)),
  };
}
