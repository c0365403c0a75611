/**
 * What passes between a framework and Mesos in the v1 scheduler API, as JSON: written by hand from what a real master was
 * seen to say (test/mesos/traces). What Mesos may leave out is optional here; what it may add is ignored.
 */

export interface Id {
  value: string;
}

interface ResourceOf {
  name: string;
  /** Without the capability RESERVATION_REFINEMENT: the role it is reserved for, `*` for none. */
  role?: string;
  /** The role under which it was offered, of frameworks that are MULTI_ROLE. */
  allocation_info?: { role: string };
  /** With RESERVATION_REFINEMENT: none means unreserved. */
  reservations?: { type?: string; role?: string; principal?: string }[];
}

export interface Range {
  begin: number;
  /** Belongs to it. */
  end: number;
}

export type ScalarResource = ResourceOf & { type: 'SCALAR'; scalar: { value: number } };
export type RangesResource = ResourceOf & { type: 'RANGES'; ranges: { range: Range[] } };
export type SetResource = ResourceOf & { type: 'SET'; set: { item: string[] } };
export type Resource = ScalarResource | RangesResource | SetResource;

export type Attribute =
  | { name: string; type: 'SCALAR'; scalar: { value: number } }
  | { name: string; type: 'RANGES'; ranges: { range: Range[] } }
  | { name: string; type: 'TEXT'; text: { value: string } };

export interface Offer {
  id: Id;
  framework_id: Id;
  agent_id: Id;
  hostname: string;
  url?: { scheme: string; address: { hostname?: string; ip?: string; port: number }; path?: string };
  resources: Resource[];
  attributes?: Attribute[];
  executor_ids?: Id[];
  allocation_info?: { role: string };
}

export interface Nanoseconds {
  nanoseconds: number;
}

export interface Variables {
  variables: { name: string; value: string }[];
}

export interface CommandInfo {
  /** False: `value` is the program, `arguments` its argv, name first. */
  shell?: boolean;
  value?: string;
  arguments?: string[];
  environment?: Variables;
  user?: string;
  uris?: { value: string; executable?: boolean; extract?: boolean; output_file?: string }[];
}

export interface Volume {
  container_path: string;
  host_path?: string;
  mode: 'RO' | 'RW';
}

export interface ContainerInfo {
  type: 'DOCKER' | 'MESOS';
  volumes?: Volume[];
  docker?: {
    image: string;
    network?: 'HOST' | 'BRIDGE' | 'NONE' | 'USER';
    port_mappings?: { host_port: number; container_port: number; protocol?: string }[];
    parameters?: { key: string; value: string }[];
    force_pull_image?: boolean;
  };
  mesos?: { image?: { type: 'DOCKER'; docker: { name: string } } };
  network_infos?: { name?: string }[];
}

/** Of a health check, and of a check: how it is done, and when. */
export interface CheckInfo {
  type: 'COMMAND' | 'HTTP' | 'TCP';
  /** A health check has the command itself, a check one more level around it. */
  command?: CommandInfo | { command: CommandInfo };
  http?: { port: number; path?: string; scheme?: string };
  tcp?: { port: number };
  delay_seconds?: number;
  interval_seconds?: number;
  timeout_seconds?: number;
  grace_period_seconds?: number;
  consecutive_failures?: number;
}

export interface KillPolicy {
  grace_period?: Nanoseconds;
}

export interface Labels {
  labels: { key: string; value?: string }[];
}

export interface ExecutorInfo {
  type?: 'DEFAULT' | 'CUSTOM';
  executor_id: Id;
  framework_id?: Id;
  command?: CommandInfo;
  resources?: Resource[];
}

export interface TaskInfo {
  name: string;
  task_id: Id;
  agent_id: Id;
  resources: Resource[];
  command?: CommandInfo;
  container?: ContainerInfo;
  executor?: ExecutorInfo;
  health_check?: CheckInfo;
  check?: CheckInfo;
  kill_policy?: KillPolicy;
  max_completion_time?: Nanoseconds;
  labels?: Labels;
}

export type Operation =
  | { type: 'LAUNCH'; launch: { task_infos: TaskInfo[] } }
  | { type: 'LAUNCH_GROUP'; launch_group: { executor: ExecutorInfo; task_group: { tasks: TaskInfo[] } } };

export interface Filters {
  /** Mesos takes 5 when it is absent, of what an ACCEPT leaves over too. */
  refuse_seconds?: number;
}

export type Capability = 'MULTI_ROLE' | 'PARTITION_AWARE' | 'TASK_KILLING_STATE' | 'RESERVATION_REFINEMENT' | 'REGION_AWARE';

export interface FrameworkInfo {
  user: string;
  name: string;
  /** Present from its first day on, or given by the master. */
  id?: Id;
  role?: string;
  roles?: string[];
  principal?: string;
  capabilities?: { type: Capability }[];
  /** Seconds for which the master keeps its tasks when nobody is subscribed. */
  failover_timeout?: number;
  checkpoint?: boolean;
  webui_url?: string;
  labels?: Labels;
}

/** Calls of a subscribed framework. */
export type FrameworkCall =
  | { type: 'ACCEPT'; accept: { offer_ids: Id[]; operations?: Operation[]; filters?: Filters } }
  | { type: 'DECLINE'; decline: { offer_ids: Id[]; filters?: Filters } }
  | { type: 'REVIVE'; revive?: { roles: string[] } }
  | { type: 'SUPPRESS'; suppress?: { roles: string[] } }
  | { type: 'KILL'; kill: { task_id: Id; agent_id?: Id; kill_policy?: KillPolicy } }
  | { type: 'SHUTDOWN'; shutdown: { executor_id: Id; agent_id: Id } }
  | { type: 'ACKNOWLEDGE'; acknowledge: { agent_id: Id; task_id: Id; uuid: string } }
  | { type: 'RECONCILE'; reconcile: { tasks: { task_id: Id; agent_id?: Id }[] } }
  | { type: 'MESSAGE'; message: { agent_id: Id; executor_id: Id; data: string } }
  | { type: 'REQUEST'; request: { requests: unknown[] } }
  | { type: 'ACCEPT_INVERSE_OFFERS'; accept_inverse_offers: { inverse_offer_ids: Id[]; filters?: Filters } }
  | { type: 'DECLINE_INVERSE_OFFERS'; decline_inverse_offers: { inverse_offer_ids: Id[]; filters?: Filters } }
  | { type: 'UPDATE_FRAMEWORK'; update_framework: { framework_info: FrameworkInfo; suppressed_roles?: string[] } }
  | { type: 'TEARDOWN' };

export interface Subscribe {
  type: 'SUBSCRIBE';
  framework_id?: Id;
  subscribe: { framework_info: FrameworkInfo; suppressed_roles?: string[] };
}

export const TASK_STATES = [
  'TASK_STAGING', 'TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLING', 'TASK_FINISHED', 'TASK_FAILED', 'TASK_KILLED', 'TASK_ERROR',
  'TASK_LOST', 'TASK_DROPPED', 'TASK_UNREACHABLE', 'TASK_GONE', 'TASK_GONE_BY_OPERATOR', 'TASK_UNKNOWN',
] as const;
export type TaskState = (typeof TASK_STATES)[number];

export interface TaskStatus {
  task_id: Id;
  state: TaskState;
  message?: string;
  source?: 'SOURCE_MASTER' | 'SOURCE_AGENT' | 'SOURCE_EXECUTOR';
  /** Absent of plain ends. */
  reason?: string;
  agent_id?: Id;
  executor_id?: Id;
  /** Seconds since 1970. */
  timestamp?: number;
  /** Base64 of 16 bytes; what has one is repeated until it is acknowledged. */
  uuid?: string;
  healthy?: boolean;
  check_status?: { type: string; command?: { exit_code?: number }; http?: { status_code?: number }; tcp?: { succeeded?: boolean } };
  data?: string;
  container_status?: { container_id?: ContainerId; network_infos?: { ip_addresses?: { protocol?: string; ip_address?: string }[] }[]; executor_pid?: number };
  unreachable_time?: Nanoseconds;
  limitation?: { resources: Resource[] };
}

export interface ContainerId {
  value: string;
  parent?: ContainerId;
}

export interface MasterInfo {
  id: string;
  /** IPv4 address as a number, network order. */
  ip?: number;
  port: number;
  pid?: string;
  hostname?: string;
  version?: string;
  address?: { hostname?: string; ip?: string; port: number };
  capabilities?: { type: string }[];
}

export interface Subscribed {
  framework_id: Id;
  heartbeat_interval_seconds?: number;
  master_info?: MasterInfo;
}

export interface InverseOffer {
  id: Id;
  framework_id: Id;
  agent_id?: Id;
  /** When the agent will not be there. */
  unavailability: { start: Nanoseconds; duration?: Nanoseconds };
}

export type SchedulerEvent =
  | { type: 'SUBSCRIBED'; subscribed: Subscribed }
  | { type: 'HEARTBEAT' }
  | { type: 'OFFERS'; offers: { offers: Offer[] } }
  | { type: 'INVERSE_OFFERS'; inverse_offers: { inverse_offers: InverseOffer[] } }
  | { type: 'RESCIND'; rescind: { offer_id: Id } }
  | { type: 'RESCIND_INVERSE_OFFER'; rescind_inverse_offer: { inverse_offer_id: Id } }
  | { type: 'UPDATE'; update: { status: TaskStatus } }
  | { type: 'MESSAGE'; message: { agent_id: Id; executor_id: Id; data: string } }
  /** Without an executor an agent is gone; with one, that executor, on a good end too. */
  | { type: 'FAILURE'; failure: { agent_id?: Id; executor_id?: Id; status?: number } }
  | { type: 'ERROR'; error: { message: string } };
