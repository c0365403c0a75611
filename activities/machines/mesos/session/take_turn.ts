import type { Allocation } from '../../../../model/compute';
import { allocationOf } from '../../../../model/mesos/allocation_of';
import { decide, type Waiting } from '../../../../model/mesos/decide';
import type { HeldOffer } from '../../../../model/mesos/offered';
import type { KnownHost, MesosPlace } from '../../../../model/mesos/match';
import type { Offered, Wishes } from '../../../../model/mesos/messages';
import type { Subscription } from '../client/subscribe';
import { passing } from '../client/trouble';
import { explain } from './explain';
import { kill } from './kill';
import { launch } from './launch';
import type { Grant, Session } from './session';
import { AGAIN, byOwner, nodeOf, startsOf, takeOut } from './starts_of';

/** A grant that nobody makes use of is given back: its cluster was stopped, or does not get on. */
const GRANT_MS = 60_000;
/** What nobody here has a use for goes to others for so long. */
const REFUSE_SECONDS = 5;
/** Should an offer not come for so long while somebody waits, all that was declined is asked for again. */
const REVIVE_MS = 30_000;

/**
 * Does what is to be done with what is wanted and what is offered now. Whoever had a place and lost it comes first, then who
 * waits, oldest first; what is placed is told, and launched as soon as its machines are to start.
 * @returns tasks of which it is not known whether they were launched
 */
export async function takeTurn(session: Session, now = Date.now()): Promise<Wishes['known']> {
  const { on, wishes, grants, cluster } = session;
  if (!on) return [];
  await kill(session, now);
  for (const [owner, { since }] of grants) if (now - since > GRANT_MS || !isWanted(session, owner)) grants.delete(owner);
  const { ready, homeless } = startsOf(session, now);
  const orders: Waiting[] = [
    ...homeless,
    ...wishes.orders.waiting.filter(({ request }) => !session.settled.has(request)).map(({ owner, demands, mine }) => ({ owner, demands, mine })),
  ];
  const free = freeOffers(session);
  const decision = decide(orders, free, knownHosts(session, homeless), now, cluster, byOwner([...session.settled.values()]));
  const told: Pick<Offered, 'placed' | 'moved'> = { placed: [], moved: [] };
  for (const { owner, places } of decision.placed) {
    const hosts = new Set(places.map(({ agent }) => agent));
    const grant: Grant = { places, offers: new Map(decision.accept.filter(({ agent }) => hosts.has(agent)).map((one) => [one.agent, one.offers])), since: now };
    if (owner.startsWith(AGAIN)) {
      const name = owner.slice(AGAIN.length);
      told.moved.push({ owner: name, allocations: places.map((place) => movedTo(session, name, place)) });
      ready.push(...takeOut(grant, wishes.launch.filter(({ spec }) => spec.owner === name && places.some(({ node }) => nodeOf(spec) === node))));
    } else {
      const { request, demands } = wishes.orders.waiting.find((one) => one.owner === owner)!;
      grants.set(owner, grant);
      const allocations = demands.map((demand) => allocationOf(demand, places.find(({ node }) => node === demand.node)!));
      session.settled.set(request, { owner, allocations });
      told.placed.push({ owner, request, allocations });
    }
  }
  if (decision.decline.length > 0) {
    for (const id of decision.decline) session.offers.delete(id);
    await on.call({ type: 'DECLINE', decline: { offer_ids: decision.decline.map((value) => ({ value })), filters: { refuse_seconds: REFUSE_SECONDS } } });
  }
  const waits = explain(session, decision.waits, now);
  if (told.placed.length + waits.length + told.moved.length > 0) await session.link.offered({ ...told, waits });
  const doubtful = await launch(session, on, ready);
  if (session.on === on) await ask(session, on, orders.length > 0, decision.waits.map(({ owner }) => owner), now).catch(passing);
  return doubtful;
}

/** Whether time alone changes anything. */
export function isDue({ grants, homeless, offers, wishes, revivedAt, cluster }: Session, now: number): boolean {
  const isOpen = wishes.orders.waiting.length + wishes.launch.length > 0;
  return grants.size + homeless.size > 0 || wishes.kill.length > 0 || (isOpen && now - revivedAt >= REVIVE_MS) || [...offers.values()].some(({ since }) => now - since >= cluster.holdMs);
}

const isWanted = ({ wishes }: Session, owner: string): boolean => wishes.orders.waiting.some((one) => one.owner === owner) || wishes.orders.reservations.some((one) => one.owner === owner);

const movedTo = ({ wishes }: Session, owner: string, place: MesosPlace): Allocation => {
  const before = wishes.orders.reservations.find((one) => one.owner === owner)!.allocations.find(({ node }) => node === place.node)!;
  return allocationOf({ ...before, customDisks: false }, place);
};

function freeOffers({ offers, grants }: Session): HeldOffer[] {
  const taken = new Set([...grants.values()].flatMap((grant) => [...grant.offers.values()].flat()));
  return [...offers.values()].filter(({ id }) => !taken.has(id));
}

/** What nodes of ours have on hosts and Mesos does not count. */
function knownHosts({ wishes, agents, grants }: Session, homeless: readonly Waiting[]): Map<string, KnownHost> {
  const hosts = new Map<string, { named: boolean; takenPorts: number[]; takenDisks: string[] }>();
  const at = (host: string) => hosts.get(host) ?? hosts.set(host, { named: [...agents.values()].some((one) => one.host === host && one.named), takenPorts: [], takenDisks: [] }).get(host)!;
  for (const { host } of agents.values()) at(host);
  const isMoving = (owner: string, node: string) => homeless.some((one) => one.owner === AGAIN + owner && one.demands.some((demand) => demand.node === node));
  for (const { owner, allocations } of wishes.orders.reservations) {
    for (const { node, host, ports = [], disks } of allocations) {
      if (isMoving(owner, node)) continue;
      at(host).takenPorts.push(...ports);
      at(host).takenDisks.push(...disks);
    }
  }
  for (const [owner, { places }] of grants) {
    const demands = wishes.orders.waiting.find((one) => one.owner === owner)?.demands ?? [];
    for (const { node, host, disks } of places) {
      at(host).takenPorts.push(...(demands.find((demand) => demand.node === node)?.ports ?? []));
      at(host).takenDisks.push(...disks);
    }
  }
  return hosts;
}

/** Offers come to whoever needs some, and to nobody else. One that begins to wait may have a use for what was declined before. */
async function ask(session: Session, on: Subscription, isNeeded: boolean, waiting: readonly string[], now: number): Promise<void> {
  const { isSuppressed, revivedAt } = session;
  const isNew = waiting.some((owner) => !session.asked.has(owner));
  session.asked = new Set(waiting);
  if (!isNeeded && session.grants.size === 0) {
    if (isSuppressed) return;
    session.isSuppressed = true;
    return on.call({ type: 'SUPPRESS' });
  }
  if (!isNeeded || (!isSuppressed && !isNew && now - revivedAt < REVIVE_MS)) return;
  Object.assign(session, { isSuppressed: false, revivedAt: now });
  await on.call({ type: 'REVIVE' });
}
