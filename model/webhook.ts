import type { Caller } from './access';
import { secretReference } from './environment/secret_reference';
import { problem, type Problem } from './errors';
import { changeIdOf } from './events/change_id';
import { webhookId, type LifecycleKind } from './ids';
import { newLifecycle, type Lifecycle, type StepPlan, type Summary } from './lifecycle';

/** Tells somebody else's HTTP server every change, in order, each at least once. */

/** What a webhook is told to do. */
export interface WebhookWish {
  /** `http:` or `https:`, without credentials. */
  url: string;
  /** Where the secret is that deliveries are signed with: `file:/path` or `env:NAME`, on the hosts of the control workers. */
  secret: string;
  /** Only of these kinds; none: of all. */
  kinds: LifecycleKind[];
  /** Attempts at one delivery before a person is asked. */
  attempts: number;
}

export interface WebhookInput extends WebhookWish {
  name: string;
  /** Whose it is. */
  owner: string;
  /** Only what its owner may see is told; else everything. */
  onlyOwn: boolean;
}

/** What became of one change that was to be told. */
export interface Delivery {
  /** Id of the event: the same however often it is sent. */
  event: string;
  lifecycle: string;
  revision: number;
  /** When it was answered or given up, ISO 8601. */
  at: string;
  outcome: 'delivered' | 'skipped' | 'given_up';
  /** HTTP status of the answer; null where none came. */
  status: number | null;
  attempts: number;
}

export interface WebhookState extends Lifecycle, WebhookInput {
  /** Up to where changes were taken into the queue; null before the first look. */
  cursor: string | null;
  /** Changes that are yet to be told, in their order. */
  queue: Summary[];
  /** Attempts at the first of them that failed for good. */
  tried: number;
  /** The last ones, the newest first. */
  deliveries: Delivery[];
  /** How many were ever delivered. */
  delivered: number;
  createdAt: string;
  updatedAt: string;
}

export type WebhookDocument = Omit<WebhookState, 'cursor' | 'tried' | 'queue'> & { waiting: number; next: Pick<Delivery, 'event' | 'lifecycle' | 'revision'> | null };

/** What is read next: changes after the cursor, as many as fit one batch. */
export interface Hearing {
  cursor: string | null;
  /** When it began, ISO 8601: what changed before is not told. */
  from: string;
  kinds: LifecycleKind[];
  /** Who is told: of what he may not see, nothing is. */
  reader: Caller;
}

export interface Heard {
  cursor: string;
  changes: Summary[];
}

/** One delivery, as the activity gets it. */
export interface Sending {
  webhook: string;
  url: string;
  secret: string;
  change: Summary;
}

export interface Sent {
  status: number;
  attempts: number;
}

export const DELIVER: StepPlan = { name: 'deliver', retryable: true, skippable: true };
export const DEFAULT_ATTEMPTS = 15;
export const MOST_ATTEMPTS = 50;
/** Each listens all the time. */
export const MOST_WEBHOOKS = 20;
const KEPT = 50;
const LONGEST_URL = 1_000;

export function newWebhook(input: WebhookInput, at: string): WebhookState {
  return { ...newLifecycle(webhookId(input.name), 'webhook', input.owner, 'listening', at), ...input, cursor: null, queue: [], tried: 0, deliveries: [], delivered: 0, createdAt: at, updatedAt: at };
}

/** Why this cannot be, or undefined when it can. */
export function refuseWebhook({ url, secret }: Pick<WebhookWish, 'url' | 'secret'>): Problem | undefined {
  if (!secretReference(secret)) {
    return problem(400, 'not_a_reference', 'secret: this does not say where a secret is', 'Write file:/path or env:NAME; it is read by the control workers, each time anew.', { field: 'secret' });
  }
  return ADDRESS.test(url) && url.length <= LONGEST_URL ? undefined : problem(400, 'bad_address', 'url: this is no address that can be told', 'Write http://host:port/path or https://…, without a user, a password or a fragment.', { field: 'url' });
}

const ADDRESS = /^https?:\/\/[^\s/?#@\\]+(?:[/?][^\s#\\]*)?$/;

export const eventIdOf = (change: Summary): string => `${change.id.replaceAll('/', '.')}.${changeIdOf(change)}`;

/** Whom it tells: its owner, or somebody who sees everything. */
export const readerOf = ({ name, owner, onlyOwn }: Pick<WebhookInput, 'name' | 'owner' | 'onlyOwn'>): Caller => ({ name: `webhook ${name}`, role: onlyOwn ? 'read' : 'admin', owner });

/** Takes the first of the queue off it, and keeps what became of it. */
export function noteDelivery(state: WebhookState, at: string, outcome: Delivery['outcome'], { status, attempts }: { status: number | null; attempts: number }): void {
  const change = state.queue.shift();
  if (!change) return;
  state.deliveries.unshift({ event: eventIdOf(change), lifecycle: change.id, revision: change.revision, at, outcome, status, attempts: attempts + state.tried });
  state.deliveries.splice(KEPT);
  state.tried = 0;
  if (outcome === 'delivered') state.delivered += 1;
}

export function viewWebhook({ cursor: _c, tried: _t, queue, ...rest }: WebhookState): WebhookDocument {
  const [first] = queue;
  return { ...rest, waiting: queue.length, next: first ? { event: eventIdOf(first), lifecycle: first.id, revision: first.revision } : null };
}

export const viewWebhookDetail = ({ name, url, kinds, onlyOwn, delivered }: WebhookState): Summary['detail'] => ({ name, url: url.slice(0, 500), kinds: kinds.join(' '), onlyOwn, delivered });

/** Two webhooks would not do the same. */
export const sameWish = (a: WebhookWish, b: WebhookWish): boolean => a.url === b.url && a.secret === b.secret && a.attempts === b.attempts && a.kinds.join(' ') === b.kinds.join(' ');
