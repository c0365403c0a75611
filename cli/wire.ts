import type { ClusterDocument } from '../model/cluster_views';
import type { Condition, Lifecycle, Summary, Verb } from '../model/lifecycle';
import type { ComputeDocument } from '../model/messages';
import type { ServiceEntry } from '../model/environment/environment_state';
import type { Triple } from '../model/environment/identity';
import type { RunDocument } from '../model/environment/run';
import type { Machine } from '../model/machine';
import type { asLanded, MemberView } from '../model/members';
import type { Problem } from '../model/errors';
import type { WebhookDocument } from '../model/webhook';
import type { AgentDocument, InstanceRef } from '../model/services/agent_state';
import type { InstanceDocument } from '../model/services/instance_state';
import type { KnownInstance, ServiceDocument } from '../model/services/service_state';

/** What the API answers, as far as the CLI reads it. */

type Always = Pick<Lifecycle, 'id' | 'kind' | 'owner' | 'state' | 'revision'>;
type Document = Pick<Lifecycle, 'steps' | 'timeline' | 'operation' | 'paused'> &
  Partial<Pick<Lifecycle, 'operations'>> &
  Pick<ClusterDocument, 'dn' | 'dnsname' | 'options' | 'compute' | 'nodes' | 'roles' | 'createdAt' | 'updatedAt'>;

type OfService = Pick<ServiceDocument, 'wish' | 'sequence' | 'generations' | 'replan' | 'recommendation'>;
type OfInstance = Pick<InstanceDocument, 'service' | 'instance' | 'agent' | 'at' | 'making' | 'vitals'>;
type OfRun = Pick<RunDocument, 'plan' | 'said' | 'request'>;
type OfAgent = Pick<AgentDocument, 'number' | 'generation' | 'place' | 'hello' | 'agentRestarts' | 'machineRestarts' | 'silence'>;

/** One lifecycle. While no worker runs only its summary is known: `stale`, and no steps. */
export interface Shown extends Always, Partial<Document>, Partial<OfService>, Partial<OfInstance>, Partial<OfAgent>, Partial<OfRun> {
  conditions: (Pick<Condition, 'type' | 'reason'> & Partial<Condition>)[];
  /** Where it is found: among the lifecycles, on its façade, in the Temporal UI. */
  links?: { self?: string; facade?: string; temporal?: string };
  /** The verbs that would be accepted now. */
  verbs?: Verb[];
  stale?: boolean;
  /** Of the summary: the step that ran or was blocked, why, and how many nodes there were. */
  step?: string;
  reason?: string;
  detail?: Summary['detail'];
  /** Of a compute. */
  connector?: ComputeDocument['connector'];
  reservations?: ComputeDocument['reservations'];
  usage?: ComputeDocument['usage'];
  waiting?: ComputeDocument['waiting'];
  draining?: ComputeDocument['draining'];
  holdings?: ComputeDocument['holdings'];
  /** Of a service what it knows of its instances, of an agent which it has. */
  instances?: (KnownInstance | InstanceRef)[];
  /** Of an instance: what is measured and set, as it is now. */
  monitored?: Record<string, unknown>;
  /** Of a launch that was refused. */
  problem?: Problem | null;
}

export interface Page {
  next?: string | null;
}
export interface StatusView {
  /** By kind and state. */
  counts: Record<string, Record<string, number>>;
  /** The most urgent first. */
  waiting: Summary[];
}

export type { Machine, MemberView, Summary };
/** A process of the grid, with the four keys of the original. */
export type Process = ReturnType<typeof asLanded>;

/** A compute as the list knows it: from its summary. */
export interface ComputeView extends Pick<Lifecycle, 'state'> {
  name: string;
  driver: string;
  conditions: Shown['conditions'];
  hosts?: number;
  cpuUsed?: number;
  cpuTotal?: number;
  memMiBUsed?: number;
  memMiBTotal?: number;
  disksUsed?: number;
  disksTotal?: number;
  /** Of a connector of others: how many of how many services run there. */
  services?: number;
  wanted?: number;
  running?: number;
  /** How many lifecycles have something of it, and how many wait for room. */
  owners?: number;
  waiting?: number;
}

/** A webhook; of a list, and while no worker runs, only what its summary knows. */
export interface WebhookView extends Always, Pick<Shown, 'steps' | 'paused' | 'verbs' | 'stale'>, Partial<Pick<WebhookDocument, 'deliveries' | 'waiting' | 'delivered' | 'attempts' | 'secret'>> {
  name: string;
  url: string;
  kinds: string[];
  onlyOwn: boolean;
  conditions: Shown['conditions'];
  next?: (NonNullable<WebhookDocument['next']> & { attempts?: number; nextTryAt?: string; lastError?: string }) | null;
}

/** A service of the environment, as the model has it and as it is. */
export interface EnvironmentService extends ServiceEntry, Triple {
  parent: string | null;
  state: string;
  health: string;
  agent: number | null;
  reason: string | null;
  conditions: string[];
}

/** The instances that a service knows, by number. */
export const knownInstances = ({ kind, instances = [] }: Pick<Shown, 'kind' | 'instances'>): KnownInstance[] =>
  kind === 'service' ? (instances as KnownInstance[]) : [];
