/** Every id of the grid is made here, and nowhere else (DESIGN §4 rule 2). */

export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
export const NAME_RULE = 'up to 63 letters, digits, ".", "_" and "-", beginning with a letter or digit';

export interface ClusterKey {
  user: string;
  product: string;
  version: string;
  number: number;
}

export const computeId = (name: string) => `compute/${name}`;
/** The framework of a compute on Mesos. */
export const frameworkId = (compute: string) => `framework/${compute}`;
export const productId = (name: string, version: string) => `product/${name}/${version}`;
export const serviceId = (name: string) => `service/${name}`;
/** `instance` is null for a service of the environment, whose path is its `service`. */
export const instanceId = (service: string, instance: number | null) => (instance === null ? `instance/${service}` : `instance/${service}/${instance}`);
export const agentId = (agent: number) => `agent/${agent}`;
export const PLANNER_ID = 'services/deployment_planner';
export const ENVIRONMENT_ID = 'environment/model';
/** The processes of the grid; no lifecycle. */
export const MEMBERS_ID = 'grid/members';
/** What was asked for over the API; no lifecycle. */
export const AUDIT_ID = 'grid/audit';
/** What an owner may have; no lifecycle. */
export const quotaId = (owner: string) => `quota/${owner}`;
export const CAPACITY_ID = 'services/capacity_planner';
export const launchId = (job: string) => `launch/${job}`;
export const runId = (run: string) => `run/${run}`;
export const webhookId = (name: string) => `webhook/${name}`;
export const callId = (call: string) => `call/${call}`;
export const clusterPrefix = (...parts: string[]) => ['cluster', ...parts].join('/') + '/';
export const clusterId = (k: ClusterKey) => `cluster/${k.user}/${k.product}/${k.version}/${k.number}`;

/** The cluster's distinguished name as the PaaS seed's original spells it. */
export const clusterDn = (k: ClusterKey) => `clusters/${k.user}/${k.product}/${k.version}/${k.number}`;
export const nodeDn = (clusterDnText: string, node: string) => `${clusterDnText}/nodes/${node}`;
export const roleDn = (clusterDnText: string, role: string) => `${clusterDnText}/services/${role}`;

export function parseClusterId(id: string): ClusterKey | undefined {
  const m = /^cluster\/([^/]+)\/([^/]+)\/([^/]+)\/([1-9]\d*)$/.exec(id);
  return m ? { user: m[1]!, product: m[2]!, version: m[3]!, number: Number(m[4]) } : undefined;
}

/** P-24: a dn as one word, `/` → `--` and `.` → `__`; {@link dnFrom} is the inverse for dns without those pairs. */
export const idFrom = (dn: string) => dn.replaceAll('/', '--').replaceAll('.', '__');
export const dnFrom = (id: string) => id.replaceAll('--', '/').replaceAll('__', '.');

/**
 * The one name of a cluster node's machine: made from (cluster, node, generation), so that a start that happened
 * twice, or whose answer was lost, finds what it made.
 */
export const machineId = (k: ClusterKey, node: string, generation: number) =>
  `${idFrom(clusterDn(k))}--${node}-g${generation}`;

/** The one name of an agent's machine; a replaced machine is the next generation. */
export const agentMachineId = (agent: number, generation: number) => `agent--${agent}-g${generation}`;

/** Owner of the machines that `grid connector` runs for one of its services; no lifecycle of ours has them. */
export const connectorOwner = (service: string) => `connector/${service}`;

/** The one name of such a machine; the number is the lowest that is free when it is started. */
export const connectorMachineId = (compute: string, service: string, number: number) => `connector--${compute}--${service}--${number}`;

export const LIFECYCLE_KINDS = ['compute', 'product', 'launch', 'cluster', 'call', 'service', 'instance', 'agent', 'planner', 'capacity', 'run', 'environment', 'webhook', 'framework'] as const;
export type LifecycleKind = (typeof LIFECYCLE_KINDS)[number];

const PLANNERS: Record<string, LifecycleKind> = { [PLANNER_ID]: 'planner', [CAPACITY_ID]: 'capacity' };

export function kindOf(id: string): LifecycleKind | undefined {
  const head = id.split('/')[0] as LifecycleKind;
  return PLANNERS[id] ?? (LIFECYCLE_KINDS.includes(head) && head !== 'planner' && head !== 'capacity' ? head : undefined);
}
