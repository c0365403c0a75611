/** The task language of seed 000: what is asked of a consumer, and what stays of it in a history (SG-3 … SG-11). */

/** Ids inside the grid are paths (`/services/tomcat/`); the base URL is put before them where they are shown. */
export interface Routing {
  state_id: string;
  consumer_id: string;
  producer_id: string;
  /** Milliseconds since 1970. */
  producer_timestamp: number;
}

/** A task: its type, its own fields flat beside it, and where it goes. */
export interface Task {
  task: string;
  routing: Routing;
  [field: string]: unknown;
}

/** An entry of a history. */
export interface TaskRecord extends Task {
  /** Why it was not carried out. */
  failed?: string;
  /** Of an update that found the service made of what it asks for. */
  unchanged?: true;
}

export const PLANNER_PATH = '/services/deployment_planner/';
export const CAPACITY_PATH = '/services/capacity_planner/';
export const ORCHESTRATOR_PATH = '/services/orchestrator/';
export const PROVISIONER_PATH = '/services/provisioner/';

/** Names that belong to the grid itself and that no service can have. */
export const RESERVED_NAMES: readonly string[] = ['deployment_planner', 'capacity_planner', 'orchestrator', 'provisioner', 'tasks'];

export const servicePath = (service: string) => `/services/${service}/`;
export const instancePath = (service: string, instance: number | null) =>
  instance === null ? `/api/v1/lifecycles/instance/${service}` : `/services/${service}/instances/${instance}/`;
export const agentPath = (agent: number) => `/agents/${agent}/`;

/** Fields of a task that hold ids. */
const ID_FIELDS = new Set(['service_id', 'agent_id', 'instance_id', 'service_instance_ids', 'instance_ids', 'state_id', 'consumer_id', 'producer_id']);
/** Keys of an instance's document that are its own (SG-20): no property can have such a name. */
export const INSTANCE_KEYS: readonly string[] = ['progress', 'agent_id', 'service_id', 'executing_task', 'tasks_history'];

export const isIdField = (field: string) => ID_FIELDS.has(field);

/** A task of the grid's own making. */
export function taskOf(task: string, from: string, to: string, state: string, at: string, fields: Record<string, unknown> = {}): Task {
  return { task, ...fields, routing: { state_id: state, consumer_id: to, producer_id: from, producer_timestamp: Date.parse(at) } };
}

/** The same wish but for its time (SG-5). */
export function isSimilar(one: Task, other: Task): boolean {
  return fingerprint(one) === fingerprint(other);
}

function fingerprint({ routing, ...fields }: Task): string {
  const { producer_timestamp: _t, ...rest } = routing;
  return canonical({ ...fields, routing: rest });
}

/** A text that is equal for equal values, whatever the order of keys. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, v]) => v !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(',')}}`;
}
