import type { Caller } from './access';
import type { ClusterOrder } from './cluster';
import type { CommandPlan } from './command_plan';
import type { Allocation, Demand, Reservation } from './compute';
import type { Problem } from './errors';
import type { Lifecycle } from './lifecycle';
import type { Capacity, DiskRoom, ExecRequest, ExecResult, HealthNews, LogChunk, LogRequest, Machine, MachineDeath } from './machine';
import type { OptionValue, ProductDocument, ProductOptions, TemplateType } from './product';
import type { Task } from './services/task';

/**
 * What passes between the API, the workflows and each other, by name. Every update may be repeated under the same
 * update id. Every lifecycle answers the query `document` and takes the verbs of `model/lifecycle.ts` as updates
 * with a `Command` (or nothing at all, as the Temporal UI sends it).
 */

/** The queue of the control workers: all workflows, and activities that need no particular machine. */
export const CONTROL_QUEUE = 'control';

/** Global of workflows whose worker encrypts payloads. */
export const HIDES_FAILURES = 'gridHidesFailures';

/** Header that says of which trace something is: a `traceparent`, of nothing where nobody traces. */
export const TRACE_HEADER = 'grid-traceparent';

/** Updates of an owner's quota, and the key of its summary in its memo. */
export type QuotaMessages = 'set' | 'look' | 'claim' | 'remove';
export const QUOTA = 'quota';

/** Key of the `Summary` in every workflow's memo. */
export const SUMMARY = 'summary';

export const SEARCH_ATTRIBUTES = {
  kind: 'GridKind', state: 'GridState', owner: 'GridOwner', blocked: 'GridBlocked',
  /** When it last published a change, so that what has changed since then can be asked for. */
  changedAt: 'GridChangedAt',
} as const;

/** A dead worker's task is taken over after this long; a live one on a busy machine has to make it. */
export const WORKFLOW_TASK_TIMEOUT = '2s';

/** Heartbeat details of an activity that does many things: what the API shows while its step runs. */
export interface Heartbeat {
  done: number;
  total: number;
  note?: string;
}

export interface CommandResult {
  id: string;
  state: string;
  revision: number;
}

// ---- product/<name>/<version> ------------------------------------------------------------------------------------

export interface ProductInput {
  name: string;
  version: string;
}

/** Each may carry the revision that the writer saw (`If-Match`): another one is refused with 412. */
export interface IfMatch {
  ifMatch?: number;
}

export interface PutMetadata extends IfMatch {
  description: string;
  logoUrl?: string;
}
export interface PutTemplate extends IfMatch {
  template: string;
  templateType: TemplateType;
}
export interface PutOptions extends IfMatch {
  options: ProductOptions;
}
export interface PutScript extends IfMatch {
  script: string;
}
export interface PutLogo extends IfMatch {
  logoUrl: string;
}
/** The whole product as the catalog has it; taken only while nobody else wrote to it. */
export interface PutCatalog {
  document: Omit<ProductDocument, 'revision' | 'name' | 'version'>;
}
export interface PutResult {
  revision: number;
  /** True when the product was not there before. */
  created: boolean;
}
/** Repeated with the same job it answers the same number. */
export interface TakeNumber {
  user: string;
  job: string;
}
export interface TakenNumber {
  number: number;
}
/** What the product's `document` query answers. */
export interface ProductState extends Lifecycle {
  document: ProductDocument;
  /** Next cluster number of each user (P-23). */
  nextNumber: Record<string, number>;
  createdAt: string;
  updatedAt: string;
}

// ---- launch/<job>: one order, for a new cluster or for new options of one -----------------------------------------

export interface LaunchOrder {
  job: string;
  user: string;
  product: string;
  version: string;
  /** As they came; coerced and checked by the order's check. */
  options: Record<string, OptionValue>;
  compute?: string;
  /** Set: scale this cluster instead of starting one. */
  scale?: { number: number };
  /** Hash of the plan that this is to carry out; another one is refused. */
  planned?: string;
  /** Hash of what was asked, so that another request under the same Idempotency-Key is noticed. */
  fingerprint: string;
}

/** The answer to the update `verdict`, which waits until the order's check is over. */
export type LaunchVerdict = { accepted: true; cluster: string } | { accepted: false; problem: Problem };

/** `launch` document and memo detail. Its states: pending → registered | error. */
export interface LaunchDocument extends Lifecycle {
  order: LaunchOrder;
  cluster: string | null;
  problem: Problem | null;
  createdAt: string;
  updatedAt: string;
}

// ---- cluster -------------------------------------------------------------------------------------------------------

export interface ClusterInput {
  key: { user: string; product: string; version: string; number: number };
  order: ClusterOrder;
}
export interface Scale {
  order: ClusterOrder;
  /** Hash of the plan that this is to carry out; another one is refused. */
  planned?: string;
}
export interface SetRole {
  role: string;
  status: string;
}

/** Signals to a cluster. */
export interface Reserved {
  request: string;
  result: { kind: 'granted'; allocations: Allocation[]; connector: string; diskRoot: string } | { kind: 'waiting'; reason: string; progress?: { done: number; total: number } } | { kind: 'impossible'; reason: string; field: string };
}
export type MachineDied = MachineDeath;
export type MachineHealthIs = HealthNews;

// ---- compute/<name> --------------------------------------------------------------------------------------------------

export interface ComputeInput {
  name: string;
  connector: string;
  /** What its driver said it has; none: the compute asks first of all. */
  capacity?: Capacity;
  unclaimed?: Reservation[];
  /** The grid found it by itself. */
  found?: true;
}
/** What a compute says of itself when it is asked; also what of it machines have that nothing here knows. */
export type Probed = Capacity & { unclaimed?: Reservation[] };
/** The watch of its machines → compute, `unclaimed`: found since, and gone by now. */
export interface UnclaimedMachines {
  found: Reservation[];
  gone: string[];
}
/** The update `define`: another connector, taken only while nothing is reserved. */
export interface DefineCompute {
  connector: string;
}
/** The update `drain`; `undrain` takes it back. */
export interface DrainCompute {
  /** Compute where its services go, and that one's connector. */
  to: string;
  connector: string;
}
/** Signals to a compute: `reserve` (answered by the signal `reserved`) and `release`; both may be repeated. */
export interface Reserve {
  owner: string;
  request: string;
  demands: Demand[];
}
export interface Release {
  owner: string;
  /** None: everything of this owner. */
  nodes?: string[];
}
/** service → compute, `hold`: so many are wanted at this connector of others; answered by `held`, now and with every change. */
export interface Hold {
  service: string;
  number: number;
  /** Of the plan that wants it; an older one changes nothing. */
  sequence: number;
}
/** compute → service, `held`. */
export interface Held {
  compute: string;
  service: string;
  sequence: number;
  wanted: number;
  /** What runs; null while it is not known, which is not zero. */
  running: number | null;
  /** The connector agreed to what is wanted. */
  applied: boolean;
  /** Why not. */
  reason: string;
}
/** The ensure loop → its compute, `counted`: what was seen of one service. */
export interface Counted {
  service: string;
  /** What was wanted when it was looked at. */
  wanted: number;
  running: number | null;
  /** Set when the connector agreed to it. */
  applied?: number;
  problem: Problem | null;
}
/** The watch of its machines → compute, `reach`: why it cannot be reached; null: it can. */
export interface Reach {
  problem: Problem | null;
  /** Of several hosts, those that cannot. */
  away?: string[];
}
/** What is wanted of one service at a connector of others, and what is known to run there (G-12). */
export interface Holding {
  wanted: number;
  /** Of the plan that wants it. */
  sequence: number;
  /** What runs there; null while the connector cannot say, which is not zero. */
  running: number | null;
  /** What the connector last agreed to; null before. */
  applied: number | null;
  problem: Problem | null;
}

export type Holdings = Record<string, Holding>;

/** Where what runs on a compute goes when it is drained, and since when it is. */
export interface Draining {
  to: string;
  at: string;
}

export interface ComputeDocument extends Lifecycle {
  name: string;
  connector: string;
  driver: string;
  capacity: Capacity;
  usage: ComputeUsage;
  reservations: Reservation[];
  waiting: { owner: string; reason: string }[];
  /** Of a connector of others, by service. */
  holdings?: Holdings;
  /** Set while it is drained: where to, and who has something here yet. */
  draining?: Draining & { waitsFor: string[] };
  /** Of several hosts, those that cannot be reached now. */
  away?: string[];
  createdAt: string;
  updatedAt: string;
}
export interface ComputeUsage {
  hosts: { name: string; cpu: { used: number; total: number }; memMiB: { used: number; total: number }; disks: { used: number; total: number } }[];
  networks: { name: string; used: number; total: number }[];
}

// ---- call/<uuid>: one command on machines, or a question that only a worker can answer, answered as the workflow's result ----

export type MachineCall = MachineAsked & {
  /** Who asks, where that is somebody who does not see everything. */
  caller?: Caller;
};

/** What is asked for. */
export type MachineAsked =
  | { op: 'probe'; compute: string; connector: string }
  | { op: 'list'; owner?: string }
  /** How every compute is, each of its hosts by itself where they can be away so. */
  | { op: 'examine' }
  | { op: 'find'; machine: string }
  | { op: 'exec'; machine: string; request: ExecRequest }
  | { op: 'logs'; machine: string; request: LogRequest }
  /** Only one that no lifecycle has. */
  | { op: 'remove'; machine: string }
  /** What an order, or a task for the deployment planner, would do; nothing is changed. */
  | { op: 'plan_order'; order: LaunchOrder }
  | { op: 'plan_task'; task: Task };

/** What was seen of one host of a compute; of all of it where it is one. */
export interface Examined {
  compute: string;
  host: string | null;
  /** Why nothing is known of it. */
  problem: Problem | null;
  disk: DiskRoom | null;
  /** How far its clock is before that of the control worker; null where it does not say. */
  aheadMs: number | null;
}

/** A compute that could not be asked, and why. */
export interface Unreachable {
  compute: string;
  reason: string;
}

export type MachineCallResult =
  | { op: 'probe'; capacity: Capacity }
  | { op: 'list'; machines: Machine[]; unreachable: Unreachable[] }
  | { op: 'examine'; computes: Examined[] }
  | { op: 'find'; machine: Machine }
  | { op: 'exec'; result: ExecResult }
  | { op: 'logs'; chunk: LogChunk }
  | { op: 'remove' }
  | { op: 'plan_order'; plan: CommandPlan }
  | { op: 'plan_task'; plan: CommandPlan };
