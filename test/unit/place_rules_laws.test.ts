import fc from 'fast-check';
import type { Allocation, Demand, Ledger } from '../../model/compute';
import { release, reserve } from '../../model/placement';
import { demand, empty, host, hosts, hostsOf, placesOf, several } from '../support/placing';

const TAGS = ['x', 'y', 'z'];
const words = (from: string[], maxLength: number) => fc.oneof({ weight: 2, arbitrary: fc.constant([] as string[]) }, { weight: 1, arbitrary: fc.subarray(from, { maxLength }) });
const host_ = fc.record({ cpu: fc.integer({ min: 1, max: 4 }), memMiB: fc.constantFrom(100, 200, 300), disks: fc.integer({ min: 0, max: 3 }), tags: fc.subarray(['ssd', 'rack1']) });
const ledgers = fc.array(host_, { minLength: 1, maxLength: 4 }).map((list) =>
  empty(list.map((one, i) => host(`host${i + 1}`, { ...one, disks: Array.from({ length: one.disks }, (_, d) => `disk${d + 1}`) }))));
const wish = fc.record({
  cpu: fc.integer({ min: 1, max: 2 }), memMiB: fc.constantFrom(50, 100, 150), tags: fc.subarray(TAGS, { maxLength: 2 }), near: words(TAGS, 2), apart: words(TAGS, 2), hostTags: words(['ssd', 'rack1'], 1),
  disks: fc.subarray(['disk1', 'disk2'], { maxLength: 1 }), customDisks: fc.boolean(), requiredHost: fc.constantFrom(undefined, undefined, undefined, 'host2'),
  placement: fc.constantFrom(undefined, 'pack' as const, 'spread' as const),
});
const clean = (value: object) => JSON.parse(JSON.stringify(value)) as Demand;
const orders = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), wish), { selector: ([node]) => node, maxLength: 5 }).map((list) => {
  const demands = list.map(([node, more]) => clean({ ...demand(node), ...more }));
  const carried = new Set(demands.flatMap((d) => d.tags!));
  return demands.map((d) => ({ ...d, near: d.near!.filter((tag) => carried.has(tag)) }));
});
const others = fc.array(fc.tuple(fc.constantFrom('o1', 'o2', 'o3'), orders), { maxLength: 3 });
const after = (ledger: Ledger, list: [string, Demand[]][]) => list.reduce((now, [owner, wanted]) => {
  const result = reserve(now, owner, wanted);
  return result.kind === 'granted' ? result.ledger : now;
}, ledger);

/** Said once more, in the plainest words, of nodes that all have a place. */
function followsRules(ledger: Ledger, wanted: readonly Demand[], place: (node: string) => string): boolean {
  return wanted.every((d) => {
    const beside = wanted.filter((other) => other.node !== d.node && place(other.node) === place(d.node));
    const isOnly = (tag: string) => d.tags!.includes(tag) && !wanted.some((other) => other.node !== d.node && other.tags!.includes(tag));
    const here = ledger.capacity.hosts.find(({ name }) => name === place(d.node))!;
    return (
      d.near!.every((tag) => isOnly(tag) || beside.some((other) => other.tags!.includes(tag))) &&
      !beside.some((other) => other.tags!.some((tag) => d.apart!.includes(tag))) &&
      d.hostTags!.every((tag) => here.tags?.includes(tag)) &&
      (d.requiredHost === undefined || d.requiredHost === here.name)
    );
  });
}

const within = (ledger: Ledger): boolean => ledger.capacity.hosts.every(({ name, cpu, memMiB, disks }) => {
  const here = Object.values(ledger.reservations).flatMap((r) => r.allocations).filter((a) => a.host === name);
  const given = here.flatMap((a) => a.disks);
  const sum = (of: (a: Allocation) => number) => here.reduce((total, a) => total + of(a), 0);
  return sum((a) => a.cpu) <= cpu && sum((a) => a.memMiB) <= memMiB && new Set(given).size === given.length && given.every((disk) => disks.includes(disk));
});

/** Tries every way there is. */
function isPossible(ledger: Ledger, wanted: readonly Demand[]): boolean {
  const { hosts: list } = ledger.capacity;
  const fits = (place: Map<string, string>) => list.every(({ name, cpu, memMiB, disks }) => {
    const here = wanted.filter((d) => place.get(d.node) === name);
    const named = here.filter((d) => d.customDisks).flatMap((d) => d.disks);
    const sum = (of: (d: Demand) => number) => here.reduce((total, d) => total + of(d), 0);
    return sum((d) => d.cpu) <= cpu && sum((d) => d.memMiB) <= memMiB && sum((d) => d.disks.length) <= disks.length && new Set(named).size === named.length && named.every((disk) => disks.includes(disk));
  });
  const place = new Map<string, string>();
  const tryFrom = (i: number): boolean =>
    i === wanted.length ? fits(place) && followsRules(ledger, wanted, (node) => place.get(node)!) : list.some(({ name }) => tryFrom((place.set(wanted[i]!.node, name), i + 1)));
  return tryFrom(0);
}

test('on an empty compute it is granted exactly when there is a way', () => {
  fc.assert(fc.property(ledgers, orders, (ledger, wanted) => {
    expect(reserve(ledger, 'o', wanted).kind).toBe(isPossible(ledger, wanted) ? 'granted' : 'impossible');
  }), { numRuns: 1_500 });
});

test('all or nothing, nothing beyond capacity, every rule followed', () => {
  fc.assert(fc.property(ledgers, others, orders, (start, list, wanted) => {
    const ledger = after(start, list);
    expect(within(ledger)).toBe(true);
    const result = reserve(ledger, 'new', wanted);
    if (result.kind !== 'granted') return;
    expect(within(result.ledger)).toBe(true);
    expect(result.allocations.map((a) => a.node)).toEqual(wanted.map((d) => d.node));
    const places = placesOf(result);
    expect(followsRules(ledger, wanted, (node) => places[node]!)).toBe(true);
  }), { numRuns: 500 });
});

test('one that has nodes already is placed by the rules too; what asks the same stays where it is, and asked again nothing changes', () => {
  fc.assert(fc.property(ledgers, others, orders, orders, (start, list, first, second) => {
    const one = reserve(after(start, list), 'new', first);
    if (one.kind !== 'granted') return;
    // A node that loses a tag is like one that goes: those near to it stay alone.
    const changed = second.map((d) => ({ ...d, tags: first.find((f) => f.node === d.node)?.tags ?? d.tags! }));
    const merged = [...first.filter((d) => !second.some((s) => s.node === d.node)), ...changed];
    const two = reserve(one.ledger, 'new', merged);
    expect(reserve(one.ledger, 'new', first)).toEqual(one);
    if (two.kind !== 'granted') return;
    const places = placesOf(two);
    expect(followsRules(start, merged, (node) => places[node]!)).toBe(true);
    for (const d of first) if (merged.includes(d)) expect(two.allocations).toContainEqual(one.allocations.find((a) => a.node === d.node));
    expect(reserve(two.ledger, 'new', merged)).toEqual(two);
  }), { numRuns: 1_000 });
});

test('the same input gives the same output, also after a journey through JSON', () => {
  fc.assert(fc.property(ledgers, others, orders, (start, list, wanted) => {
    const ledger = after(start, list);
    expect(reserve(JSON.parse(JSON.stringify(ledger)) as Ledger, 'o1', wanted)).toEqual(reserve(ledger, 'o1', wanted));
  }), { numRuns: 200 });
});

test('another free host never takes away what was granted', () => {
  fc.assert(fc.property(ledgers, others, orders, host_, fc.nat(4), (start, list, wanted, more, at) => {
    const ledger = after(start, list);
    if (reserve(ledger, 'new', wanted).kind !== 'granted') return;
    const added = host('added', { ...more, disks: [] });
    const wider = { ...ledger, capacity: { ...ledger.capacity, hosts: [...ledger.capacity.hosts.slice(0, at), added, ...ledger.capacity.hosts.slice(at)] } };
    expect(reserve(wider, 'new', wanted).kind).toBe('granted');
  }), { numRuns: 1_000 });
});

test('a free host that is added at the end never does, also where not every way can be tried', () => {
  const sized = fc.record({ cpu: fc.integer({ min: 40, max: 160 }), memMiB: fc.integer({ min: 400, max: 1_600 }) });
  const many = fc.array(fc.record({
    cpu: fc.integer({ min: 3, max: 13 }), memMiB: fc.integer({ min: 30, max: 130 }), tag: fc.nat(8),
    near: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(8) }), apart: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat(8) }),
  }), { minLength: 15, maxLength: 25 });
  fc.assert(fc.property(fc.array(sized, { minLength: 3, maxLength: 7 }), many, sized, fc.integer({ min: 80, max: 100 }), (list, nodes, more, percent) => {
    const ledger = empty(list.map((one, i) => host(`host${i}`, { ...one, cpu: one.cpu / 10 })));
    const share = (of: 'cpu' | 'memMiB') => (list.reduce((n, one) => n + one[of], 0) / nodes.reduce((n, one) => n + one[of], 0)) * (percent / 100);
    const wanted = nodes.map((one, i) => demand(`n${i}`, {
      cpu: Math.max(1, Math.floor(one.cpu * share('cpu'))) / 10, memMiB: Math.max(1, Math.floor(one.memMiB * share('memMiB'))),
      tags: [`t${one.tag}`], ...(one.near === undefined ? {} : { near: [`t${one.near}`] }), ...(one.apart === undefined ? {} : { apart: [`t${one.apart}`] }),
    }));
    if (reserve(ledger, 'o', wanted).kind !== 'granted') return;
    const added = host('added', { ...more, cpu: more.cpu / 10 });
    expect(reserve({ ...ledger, capacity: { ...ledger.capacity, hosts: [...ledger.capacity.hosts, added] } }, 'o', wanted).kind).toBe('granted');
  }), { numRuns: 400 });
});

test('given back and asked again, it is as at first', () => {
  fc.assert(fc.property(ledgers, others, orders, (start, list, wanted) => {
    const ledger = after(start, list);
    const result = reserve(ledger, 'new', wanted);
    if (result.kind !== 'granted') return;
    const back = release(result.ledger, 'new');
    expect(back).toEqual(ledger);
    expect(reserve(back, 'new', wanted)).toEqual(result);
  }), { numRuns: 300 });
});

test('who waits is granted when the others give back, and a reason names every host that it could go to', () => {
  fc.assert(fc.property(ledgers, others, orders, (start, list, wanted) => {
    const result = reserve(after(start, list), 'new', wanted);
    if (result.kind !== 'waiting') return;
    expect(reserve(start, 'new', wanted).kind).toBe('granted');
    expect(result.reason.length).toBeLessThan(1_000);
    const node = wanted.find((d) => result.reason.includes(`node ${d.node}: `));
    if (start.capacity.hosts.length === 1) return;
    for (const { name } of start.capacity.hosts) if (node!.requiredHost === undefined || node!.requiredHost === name) expect(result.reason).toContain(name);
  }), { numRuns: 500 });
});

test('nodes that spread over equal hosts differ by one at most', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 12 }), (count, nodes) => {
    const places = hostsOf(reserve(empty(hosts(count, { cpu: 20, memMiB: 20_000 })), 'o', several(nodes, 'web', { placement: 'spread' })));
    const counts = hosts(count).map(({ name }) => places.filter((place) => place === name).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  }));
});
