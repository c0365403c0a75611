import type { Allocation, Demand, Reservation } from '../../../../model/compute';
import type { Waiting } from '../../../../model/mesos/decide';
import { taskId } from '../../../../model/mesos/tasks';
import { rulesOf } from '../../../../model/place_rules';
import { ofGroup } from '../../../../model/placement';
import type { Start } from './launch';
import type { Grant, Session } from './session';

/** Begins the key of an order for machines that had a place before. */
export const AGAIN = 'again ';

/** A machine whose offers are gone is begun where it was, should that be offered within so long: others know it there. */
const STAY_MS = 3_000;

/** What can be launched on what was granted, and what has to find a place again. */
export function startsOf(session: Session, now: number): { ready: Start[]; homeless: Waiting[] } {
  const ready: Start[] = [];
  const homeless = new Map<string, Waiting>();
  const open = session.wishes.launch.filter((start) => !session.launched.has(taskId(start)));
  for (const owner of new Set(open.map(({ spec }) => spec.owner))) {
    const wanted = open.filter(({ spec }) => spec.owner === owner);
    const grant = session.grants.get(owner);
    const there = wanted.filter(({ spec }) => grant?.places.some(({ node }) => node === nodeOf(spec)));
    if (grant && there.length > 0) {
      ready.push(...takeOut(grant, there));
      session.grants.delete(owner);
      // They are used up by this launch: nobody else is to have them, or to give them back.
      for (const id of ready.flatMap((start) => start.offers)) session.offers.delete(id);
    }
    const mine = session.wishes.orders.reservations.find((one) => one.owner === owner)?.allocations ?? [];
    const nodes = wanted.filter((one) => !there.includes(one)).map(({ spec }) => nodeOf(spec));
    const without = mine.filter(({ node }) => nodes.includes(node));
    if (without.length === 0) continue;
    const stays = staysFor(session, owner, now);
    const demands = without.map((allocation) => demandOf(allocation, stays));
    homeless.set(owner, { owner: AGAIN + owner, demands, mine: [...mine, ...ofGroup({ reservations: byOwner(session.wishes.orders.reservations) }, owner, demands)] });
  }
  for (const owner of session.homeless.keys()) if (!homeless.has(owner)) session.homeless.delete(owner);
  return { ready, homeless: [...homeless.values()] };
}

export const takeOut = ({ places, offers }: Grant, starts: Session['wishes']['launch']): Start[] =>
  starts.map((start) => {
    const place = places.find(({ node }) => node === nodeOf(start.spec))!;
    return { ...start, place, offers: offers.get(place.agent)! };
  });

/** Whether an owner's machines are still to be where they were. After that all that was declined meanwhile is asked for again. */
function staysFor(session: Session, owner: string, now: number): boolean {
  const { since, isFree } = session.homeless.get(owner) ?? { since: now, isFree: false };
  const stays = now - since < STAY_MS;
  if (!stays && !isFree) session.revivedAt = 0;
  session.homeless.set(owner, { since, isFree: !stays });
  return stays;
}

/** As it was asked for when it was placed; what belongs together is spread elsewhere too. */
function demandOf(allocation: Allocation, stays: boolean): Demand {
  const { node, host, cpu, memMiB, disks, networks, ports } = allocation;
  return { node, cpu, memMiB, disks, customDisks: false, networks, ...(ports ? { ports } : {}), ...(stays ? { requiredHost: host } : {}), ...(allocation.group ? { placement: 'spread' as const } : {}), ...rulesOf(allocation) };
}

/** Agents call the one node that they have so. */
export const nodeOf = ({ owner, node }: { owner: string; node: string }): string => (owner.startsWith('agent/') ? 'machine' : node);

export const byOwner = (all: readonly Reservation[]): Record<string, Reservation> => Object.fromEntries(all.map((one) => [one.owner, one]));
