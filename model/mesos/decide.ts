import type { Allocation, Demand, Ledger } from '../compute';
import { ofGroup } from '../placement';
import { allocationOf } from './allocation_of';
import { hostsOffered, type HeldOffer, type OfferedHost } from './offered';
import { keepFor, match, type KnownHost, type MesosPlace } from './match';

/** An order that waits for offers: all of its nodes together, or none. */
export interface Waiting {
  owner: string;
  demands: Demand[];
  /** What the owner has already. */
  mine: Allocation[];
}

export interface Limits {
  /** Offers that are held for an order longer than this are given back: others in the cluster wait for them too. */
  holdMs: number;
}

export interface Decision {
  /** Orders that have all they asked. */
  placed: { owner: string; places: MesosPlace[] }[];
  /** What tasks are launched on, by agent: each of it belongs to one order. What is left over of these offers comes again. */
  accept: { agent: string; role: string; offers: string[] }[];
  /** Offers that nobody here has a use for, or that were held for too long. */
  decline: string[];
  /** Offers that are kept until more come. */
  hold: string[];
  /** Of each order that waits, in order: why, and how many of its nodes have a place among the offers. */
  waits: { owner: string; reason: string; done: number }[];
  /** Nobody waits: nothing need be offered. */
  idle: boolean;
}

/**
 * Who gets what of the offers that are there: the oldest order first. One that waits for more keeps what its nodes could
 * have; a younger one passes it with what none of its nodes has a use for, so it waits no longer than it would alone.
 * @param granted what others were given that their compute has not written down yet
 */
export function decide(waiting: readonly Waiting[], offers: readonly HeldOffer[], known: ReadonlyMap<string, KnownHost>, now: number, { holdMs }: Limits, granted: Ledger['reservations'] = {}): Decision {
  const decision: Decision = { placed: [], accept: [], decline: [], hold: [], waits: [], idle: waiting.length === 0 };
  const all = hostsOffered(offers);
  const taken = takenBeside(known);
  const given = { ...granted };
  let left = all;
  for (const { owner, demands, mine: own } of waiting) {
    const mine = [...own, ...ofGroup({ reservations: given }, owner, demands)];
    const found = match(left, mine, demands, taken.now());
    if (found.kind === 'refused') {
      const kept = keepFor(left, mine, demands, taken.now());
      decision.waits.push({ owner, reason: found.reason, done: kept.places.length });
      taken.add(kept.places, demands);
      left = kept.left;
      continue;
    }
    decision.placed.push({ owner, places: found.places });
    taken.add(found.places, demands);
    given[owner] = { owner, allocations: demands.map((demand) => allocationOf(demand, found.places.find(({ node }) => node === demand.node)!)) };
    const used = new Set(found.places.map(({ host }) => host));
    left = found.left.filter(({ host }) => !used.has(host));
  }
  const used = new Set(decision.placed.flatMap(({ places }) => places.map(({ host }) => host)));
  decision.accept = all.filter(({ host }) => used.has(host)).map(({ agent, role, offers: ids }) => ({ agent, role, offers: ids }));
  const accepted = new Set(decision.accept.flatMap(({ offers: ids }) => ids));
  const useful = usefulFor(all, left);
  for (const offer of offers) {
    if (accepted.has(offer.id)) continue;
    const keep = decision.waits.length > 0 && useful.has(offer.id) && now - offer.since < holdMs;
    (keep ? decision.hold : decision.decline).push(offer.id);
  }
  return decision;
}

/** Offers of hosts of which an order that waits keeps something. */
function usefulFor(all: readonly OfferedHost[], left: readonly OfferedHost[]): Set<string> {
  const before = new Map(all.map((host) => [host.host, host]));
  return new Set(left.flatMap((host) => (host.resources === before.get(host.host)?.resources ? [] : host.offers)));
}

/** What nodes have that Mesos does not count, and what others just now were given or keep. */
function takenBeside(known: ReadonlyMap<string, KnownHost>) {
  const hosts = new Map(known);
  return {
    now: () => hosts,
    add(places: readonly Pick<MesosPlace, 'node' | 'host' | 'disks'>[], demands: readonly Demand[]) {
      const ports = new Map(demands.map((demand) => [demand.node, demand.ports ?? []]));
      for (const { node, host, disks } of places) {
        const one = hosts.get(host) ?? {};
        hosts.set(host, { ...one, takenPorts: [...(one.takenPorts ?? []), ...ports.get(node)!], takenDisks: [...(one.takenDisks ?? []), ...disks] });
      }
    },
  };
}
