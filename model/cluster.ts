import type { Allocation } from './compute';
import { clusterId, machineId, type ClusterKey } from './ids';
import { newLifecycle, type Lifecycle, type StepPlan } from './lifecycle';
import type { MachineExit } from './machine';
import type { ClusterSpec, NodeSpec, RoleSpec } from './node';
import type { OptionValue } from './product';

/** The seed's seven words, and the two that one façade shows in between (`spec` §3.3, DESIGN §11). */
export const CLUSTER_STATES = ['registered', 'scheduling', 'scheduled', 'configuring', 'configured', 'ready', 'destroyed'] as const;
export type ClusterStateWord = (typeof CLUSTER_STATES)[number];

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
  /** It runs, and the check of its image fails; with its last words. */
  unhealthy?: string;
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
  /** What the compute told with the grant: where machines are started, and where their disks are. */
  place: { connector: string; diskRoot: string } | null;
  /** The order a scale is working towards; becomes `order` when it is done. */
  next: ClusterOrder | null;
  /** Machines on their way out: removed by a scale, or replaced by a next generation. */
  retiring: ClusterNode[];
  /** An abort takes a cluster down only as long as it never was `ready`. */
  everReady: boolean;
  /** Lost nodes repaired by the product's own choice: times, so that a crash loop ends in a person's hands. */
  repairs: string[];
  createdAt: string;
  updatedAt: string;
}

const step = (name: string, more: Partial<StepPlan> = {}): StepPlan => ({ name, retryable: true, skippable: false, ...more });
const place = step('place', { during: 'scheduling' });
const startMachines = step('start_machines', { during: 'scheduling', after: 'scheduled' });
const configure = step('configure', { during: 'configuring', after: 'configured', skippable: true });
const awaitReady = step('await_ready', { during: 'configured', after: 'ready', skippable: true });
const stopMachines = step('stop_machines', { skippable: true });

/** Every operation of a cluster as its list of steps; tests are generated from it. */
export const CLUSTER_OPERATIONS = {
  launch: [place, startMachines, configure, awaitReady],
  scale: [stopMachines, step('release'), place, startMachines, configure, awaitReady],
  repair: [place, stopMachines, startMachines, configure, awaitReady],
  destroy: [stopMachines, step('release', { after: 'destroyed' })],
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
    place: null, next: null, retiring: [], everReady: false, repairs: [], createdAt: at, updatedAt: at,
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
  const before = new Map(current.map((n) => [n.name, JSON.stringify(ofMachine(n))]));
  const names = new Set(wanted.map((n) => n.name));
  const same = (n: NodeSpec) => before.get(n.name) === JSON.stringify(ofMachine(n));
  return {
    added: wanted.filter((n) => !before.has(n.name)),
    changed: wanted.filter((n) => before.has(n.name) && !same(n)),
    kept: wanted.filter(same).map((n) => n.name),
    removed: current.filter((n) => !names.has(n.name)).map((n) => n.name),
  };
}

/** Roles are the script's business, and where it might also have gone does not move it: such a node is the same machine. */
const ofMachine = ({ roles: _roles, placement: _placement, ...rest }: NodeSpec) => rest;

/** Nodes that should run and do not. */
export const lostNodes = <N extends Pick<ClusterNode, 'status'>>({ nodes }: { nodes: readonly N[] }): N[] =>
  nodes.filter((n) => n.status === 'failed' || n.status === 'stopped');

/** Nodes that run, and are not well. Only a person has them replaced: what makes them ill may be elsewhere. */
export const unhealthyNodes = <N extends Pick<ClusterNode, 'status' | 'unhealthy'>>({ nodes }: { nodes: readonly N[] }): N[] =>
  nodes.filter((n) => n.status === 'running' && n.unhealthy !== undefined);

const REPAIR_WINDOW_MS = 600_000;
const REPAIRS_IN_WINDOW = 3;

/** The product's own choice to repair, as long as it is no crash loop: three times in ten minutes, then a person decides. */
export function mayRepairItself(state: ClusterState, at: string): boolean {
  if (state.order.spec.onNodeLoss !== 'repair' || state.paused || lostNodes(state).length === 0) return false;
  const since = Date.parse(at) - REPAIR_WINDOW_MS;
  return state.repairs.filter((t) => Date.parse(t) > since).length < REPAIRS_IN_WINDOW;
}
