import type { Allocation } from './compute';
import { clusterDn, clusterId, machineId, nodeDn, roleDn, type ClusterKey } from './ids';
import { newLifecycle, type Lifecycle, type StepPlan, type Summary } from './lifecycle';
import type { MachineExit } from './machine';
import type { ClusterSpec, NodeSpec, RoleSpec } from './node';
import type { OptionValue } from './product';

/** The seed's seven words, and the two that one façade shows in between (`spec` §3.3, DESIGN §11). */
export const CLUSTER_STATES = ['registered', 'scheduling', 'scheduled', 'configuring', 'configured', 'ready', 'destroyed'] as const;
export type ClusterStateWord = (typeof CLUSTER_STATES)[number];
export const ERROR_DURING_CONFIGURATION = 'error during configuration';

export type NodeStatus = 'pending' | 'queued' | 'running' | 'failed' | 'stopped' | 'destroyed';

export interface ClusterNode {
  spec: NodeSpec;
  generation: number;
  status: NodeStatus;
  /** The machine of this generation; it may not have been started yet. */
  machine: string;
  host: string;
  allocation: Allocation | null;
  ref: Record<string, string | number>;
  startedAt?: string;
  exit?: MachineExit;
  lastOutput?: string;
}

export interface ClusterRole {
  spec: RoleSpec;
  status: string;
  /** Set by the script itself; such a status is not overwritten when the script ends. */
  setByScript: boolean;
}

/** One order, checked: what a cluster is to become. */
export interface ClusterOrder {
  options: Record<string, OptionValue>;
  spec: ClusterSpec;
  script: string;
  compute: string;
}

export interface ClusterState extends Lifecycle {
  key: ClusterKey;
  order: ClusterOrder;
  nodes: ClusterNode[];
  roles: ClusterRole[];
  /** The order a scale is working towards; becomes `order` when it is done. */
  next: ClusterOrder | null;
  /** Lost nodes repaired by the product's own choice: times, so that a crash loop ends in a person's hands. */
  repairs: string[];
  createdAt: string;
  updatedAt: string;
}

const step = (name: string, more: Partial<StepPlan> = {}): StepPlan => ({ name, retryable: true, skippable: false, ...more });

/** Every operation of a cluster as its list of steps; tests are generated from it. */
export const CLUSTER_OPERATIONS = {
  launch: [step('place'), step('start_machines'), step('configure', { skippable: true }), step('await_ready', { skippable: true })],
  scale: [step('place'), step('stop_machines'), step('start_machines'), step('release'), step('configure', { skippable: true }), step('await_ready', { skippable: true })],
  repair: [step('stop_machines'), step('start_machines'), step('configure', { skippable: true }), step('await_ready', { skippable: true })],
  destroy: [step('stop_machines', { skippable: true }), step('release')],
} satisfies Record<string, StepPlan[]>;

export type ClusterOperation = keyof typeof CLUSTER_OPERATIONS;

export function newNode(key: ClusterKey, spec: NodeSpec, generation = 1): ClusterNode {
  return { spec, generation, status: 'pending', machine: machineId(key, spec.name, generation), host: '', allocation: null, ref: {} };
}

export const newRole = (spec: RoleSpec): ClusterRole => ({ spec, status: 'pending', setByScript: false });

export function newCluster(key: ClusterKey, order: ClusterOrder, at: string): ClusterState {
  return {
    ...newLifecycle(clusterId(key), 'cluster', key.user, 'registered', at),
    key, order,
    nodes: order.spec.nodes.map((spec) => newNode(key, spec)),
    roles: order.spec.roles.map(newRole),
    next: null, repairs: [], createdAt: at, updatedAt: at,
  };
}

/** A new life for a lost or changed node: same name and place, next generation, so a new machine. */
export function nextGeneration(key: ClusterKey, node: ClusterNode, spec: NodeSpec = node.spec): ClusterNode {
  return { ...newNode(key, spec, node.generation + 1), host: node.host, allocation: node.allocation };
}

export interface NodeDifference {
  added: NodeSpec[];
  removed: string[];
  changed: NodeSpec[];
  kept: string[];
}

/** What a scale touches: only nodes that come, go, or are asked for differently. */
export function differenceOf(current: readonly NodeSpec[], wanted: readonly NodeSpec[]): NodeDifference {
  const before = new Map(current.map((n) => [n.name, JSON.stringify(withoutRoles(n))]));
  const names = new Set(wanted.map((n) => n.name));
  const same = (n: NodeSpec) => before.get(n.name) === JSON.stringify(withoutRoles(n));
  return {
    added: wanted.filter((n) => !before.has(n.name)),
    changed: wanted.filter((n) => before.has(n.name) && !same(n)),
    kept: wanted.filter(same).map((n) => n.name),
    removed: current.filter((n) => !names.has(n.name)).map((n) => n.name),
  };
}

/** Roles are the script's business: a node whose roles alone differ is the same machine. */
const withoutRoles = ({ roles: _roles, ...rest }: NodeSpec) => rest;

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
export interface ClusterDocument extends Omit<ClusterState, 'nodes' | 'roles' | 'order' | 'next' | 'seen' | 'undo' | 'decision' | 'interrupt' | 'repairs'> {
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
