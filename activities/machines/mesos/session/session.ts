import type { Reservation } from '../../../../model/compute';
import type { HeldOffer } from '../../../../model/mesos/offered';
import type { MesosPlace } from '../../../../model/mesos/match';
import type { TaskPlace, Wishes } from '../../../../model/mesos/messages';
import { taskId } from '../../../../model/mesos/tasks';
import type { Refusals } from '../../../../model/mesos/refusals';
import type { Subscription } from '../client/subscribe';
import type { MesosCluster } from '../connector';
import type { Link } from './link';

/** Places that an order was given, until its machines are started: nobody else has these offers meanwhile. */
export interface Grant {
  places: MesosPlace[];
  /** By agent. */
  offers: Map<string, string[]>;
  since: number;
}

/** Why an order waits, and when that is said again. */
export interface Waits {
  refusals: Refusals;
  told: string;
  pauseMs: number;
  nextAt: number;
}

/** What the subscribed worker knows. All of it is gone with it, and comes again with the next subscription. */
export interface Session {
  cluster: MesosCluster;
  labels: { grid: string; compute: string };
  link: Link;
  wishes: Wishes;
  /** Tasks that these name. */
  known: ReadonlySet<string>;
  /** Undefined while nobody is subscribed. */
  on?: Subscription;
  offers: Map<string, HeldOffer>;
  /** Agents that ever offered something, and whether they name their disks. */
  agents: Map<string, TaskPlace & { named: boolean }>;
  /** By owner. */
  grants: Map<string, Grant>;
  /** By owner, since when its machines have no place; then whether they may be elsewhere. */
  homeless: Map<string, { since: number; isFree: boolean }>;
  /** By request, the places that were given and that the compute may not have heard of yet. */
  settled: Map<string, Reservation>;
  /** By request. */
  waits: Map<string, Waits>;
  /** Offers that came since orders were last looked at. */
  seen: number;
  /** Nobody needs offers, and Mesos was told so. */
  isSuppressed: boolean;
  /** When offers were last asked for. */
  revivedAt: number;
  /** Owners of orders for which that was done, and that wait. */
  asked: ReadonlySet<string>;
  /** Tasks that were launched, as long as wishes may come that are older than that. */
  launched: Set<string>;
  /** When each task was last asked to end, and for how long it is not asked again. */
  killedAt: Map<string, { at: number; pauseMs: number }>;
}

export const newSession = (of: Pick<Session, 'cluster' | 'labels' | 'link' | 'wishes'>): Session =>
  ({ ...of, known: namedBy(of.wishes), offers: new Map(), agents: new Map(), grants: new Map(), homeless: new Map(), settled: new Map(), waits: new Map(), seen: 0, isSuppressed: false, revivedAt: 0, asked: new Set(), launched: new Set(), killedAt: new Map() });

const namedBy = ({ known, launch }: Wishes): Set<string> => new Set([...known.map(({ task }) => task), ...launch.map(taskId)]);

/** What is wanted now. @returns what may run and was not launched here, nor known before */
export function takeWishes(session: Session, wishes: Wishes): Wishes['known'] {
  const before = new Set(session.wishes.known.map(({ task }) => task));
  const strange = wishes.known.filter(({ task }) => !before.has(task) && !session.launched.has(task));
  session.wishes = wishes;
  session.known = namedBy(wishes);
  const open = new Set(wishes.launch.map(taskId));
  for (const task of session.launched) if (!open.has(task)) session.launched.delete(task);
  const waiting = new Set(wishes.orders.waiting.map(({ request }) => request));
  for (const request of session.settled.keys()) if (!waiting.has(request)) session.settled.delete(request);
  return strange;
}

/** What another subscription had been given is nobody's any more. */
export function beginSubscription(session: Session, on: Subscription | undefined): void {
  Object.assign(session, { on, isSuppressed: false, revivedAt: Date.now(), seen: 0 });
  for (const one of [session.offers, session.grants, session.killedAt]) one.clear();
}
