import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Allocation, Demand, Ledger, ReserveResult } from '../../model/compute';
import { demandOf } from '../../model/demand';
import { isProblem } from '../../model/errors';
import type { HostCapacity } from '../../model/machine';
import { release, reserve } from '../../model/placement';
import { readClusterSpec } from '../../model/template_result';

const host = (name: string, more: Partial<HostCapacity> = {}): HostCapacity => ({ name, cpu: 4, memMiB: 1_000, disks: ['disk1', 'disk2'], ...more });
const hosts = (count: number, more: Partial<HostCapacity> = {}) => Array.from({ length: count }, (_, i) => host(`host${i + 1}`, more));
const empty = (list: HostCapacity[]): Ledger => ({ capacity: { hosts: list, networks: [], cpuOvercommit: 1, diskRoot: '/data' }, reservations: {} });
const demand = (node: string, more: Partial<Demand> = {}): Demand => ({ node, cpu: 1, memMiB: 100, disks: [], customDisks: false, networks: [], ...more });
const several = (count: number, name: string, more: Partial<Demand> = {}) => Array.from({ length: count }, (_, i) => demand(`${name}${i}`, { tags: [name], ...more }));

function granted(result: ReserveResult): { ledger: Ledger; allocations: Allocation[] } {
  if (result.kind !== 'granted') throw new Error(`${result.kind}: ${result.reason}`);
  return result;
}

const placesOf = (result: ReserveResult): Record<string, string> => Object.fromEntries(granted(result).allocations.map((a) => [a.node, a.host]));
const hostsOf = (result: ReserveResult): string[] => granted(result).allocations.map((a) => a.host);
const reasonOf = (result: ReserveResult): string => (result.kind === 'granted' ? 'granted' : `${result.kind}: ${result.reason}`);

/** Takes this much of a host, for somebody else. */
const taken = (ledger: Ledger, name: string, cpu: number): Ledger => granted(reserve(ledger, `other/${name}`, [demand('n', { cpu, memMiB: 1, requiredHost: name })])).ledger;

describe('pack and spread', () => {
  test('nodes go together to the fullest host that can take them, unless they say spread', () => {
    expect(hostsOf(reserve(empty(hosts(3)), 'o', several(4, 'web')))).toEqual(['host1', 'host1', 'host1', 'host1']);
    const spread = several(4, 'web', { placement: 'spread' });
    expect(hostsOf(reserve(empty(hosts(3)), 'o', spread)).sort()).toEqual(['host1', 'host1', 'host2', 'host3']);
    expect(hostsOf(reserve(taken(empty(hosts(3)), 'host2', 1), 'o', several(1, 'web')))).toEqual(['host2']);
  });

  test('spread goes by the nodes of its own owner, then by what is free', () => {
    const ledger = taken(taken(empty(hosts(3)), 'host1', 1), 'host2', 2);
    expect(hostsOf(reserve(ledger, 'o', several(2, 'web', { placement: 'spread' })))).toEqual(['host3', 'host1']);
  });

  test('nodes that are added are spread over hosts that have none', () => {
    const one = granted(reserve(empty(hosts(3)), 'o', several(2, 'web', { placement: 'spread' }))).ledger;
    expect(new Set(hostsOf(reserve(one, 'o', several(3, 'web', { placement: 'spread' })))).size).toBe(3);
  });

  test('asking for the other one moves nothing that has a place', () => {
    const { ledger, allocations } = granted(reserve(empty(hosts(3)), 'o', several(3, 'web')));
    expect(granted(reserve(ledger, 'o', several(3, 'web', { placement: 'spread' }))).allocations).toEqual(allocations);
  });
});

describe('near, apart, tags of hosts', () => {
  test('three that keep apart from their like have three hosts', () => {
    expect(hostsOf(reserve(empty(hosts(3)), 'o', several(3, 'db', { apart: ['db'] }))).sort()).toEqual(['host1', 'host2', 'host3']);
  });

  test('who is apart from a tag holds those who have it away as well, also when they come later', () => {
    const { ledger } = granted(reserve(empty(hosts(2)), 'o', [demand('quiet', { apart: ['web'] })]));
    expect(placesOf(reserve(ledger, 'o', [demand('quiet', { apart: ['web'] }), ...several(1, 'web')]))).toEqual({ quiet: 'host1', web0: 'host2' });
    expect(placesOf(reserve(ledger, 'o', several(1, 'web')))).toEqual({ web0: 'host2' });
  });

  test('rules are between the nodes of one owner', () => {
    const { ledger } = granted(reserve(empty(hosts(1)), 'o', several(1, 'db', { apart: ['db'] })));
    expect(hostsOf(reserve(ledger, 'p', several(1, 'db', { apart: ['db'] })))).toEqual(['host1']);
  });

  test('near goes where the tag is, and those that others want near go first', () => {
    const wanted = [demand('cache', { cpu: 2, near: ['db'] }), ...several(1, 'db', { cpu: 3, requiredHost: 'host2' })];
    expect(placesOf(reserve(empty([host('host1'), host('host2', { cpu: 8 })]), 'o', wanted))).toEqual({ cache: 'host2', db0: 'host2' });
    expect(reasonOf(reserve(empty(hosts(2)), 'o', wanted))).toBe('impossible: cache finds no place beside the other nodes: host1: no db there; host2: cpu 2 of 1 left');
  });

  test('one may be near several, and two near each other', () => {
    const wanted = [demand('a', { tags: ['a'], near: ['b', 'c'], cpu: 2 }), demand('b', { tags: ['b'], near: ['a'] }), demand('c', { tags: ['c'], hostTags: ['ssd'] })];
    expect(new Set(hostsOf(reserve(empty([...hosts(2), host('host3', { tags: ['ssd'] })]), 'o', wanted)))).toEqual(new Set(['host3']));
  });

  test('near its own tag, nodes are not alone, and the only one may be', () => {
    const pairs = several(4, 'web', { near: ['web'], cpu: 2 });
    expect(hostsOf(reserve(empty(hosts(2)), 'o', pairs))).toEqual(['host1', 'host1', 'host2', 'host2']);
    expect(reserve(empty([...hosts(1), host('host2', { cpu: 2 })]), 'o', several(3, 'web', { near: ['web'], cpu: 2 })).kind).toBe('impossible');
    expect(reserve(empty(hosts(1)), 'o', several(1, 'web', { near: ['web'] })).kind).toBe('granted');
  });

  test('a host has all the tags that are asked of it', () => {
    const list = [host('host1'), host('host2', { tags: ['ssd'] }), host('host3', { tags: ['rack1', 'ssd'] })];
    expect(hostsOf(reserve(empty(list), 'o', [demand('n', { hostTags: ['ssd', 'rack1'] })]))).toEqual(['host3']);
    expect(hostsOf(reserve(empty(list), 'o', [demand('n', { hostTags: ['ssd'] })]))).toEqual(['host2']);
  });

  test('what a greedy order gets wrong is searched for', () => {
    // Whoever takes the big host first leaves the other none: only one way is right.
    const wanted = [demand('a', { memMiB: 600, tags: ['x'] }), demand('b', { memMiB: 600, apart: ['x'] }), demand('c', { memMiB: 400, near: ['x'] }), demand('d', { memMiB: 300, apart: ['c'], cpu: 3 })];
    const places = placesOf(reserve(empty([host('host1', { cpu: 3 }), host('host2')]), 'o', wanted));
    expect(places).toEqual({ a: 'host1', b: 'host2', c: 'host1', d: 'host2' });
  });
});

describe('why not', () => {
  test('every host with its reason', () => {
    const ledger = taken(empty([host('a', { tags: ['ssd'] }), host('b', { tags: ['ssd'] }), host('c')]), 'a', 3.5);
    const first = granted(reserve(ledger, 'o', [demand('example0', { tags: ['db'], requiredHost: 'b' })])).ledger;
    const result = reserve(first, 'o', [demand('example2', { cpu: 2, apart: ['db'], hostTags: ['ssd'] })]);
    expect(reasonOf(result)).toBe('waiting: node example2: a: cpu 2 of 0.5 left; b: apart from db (example0 is there); c: tag ssd missing; held by other/a (3.5 cpu)');
  });

  test('on a hundred hosts equal reasons are one, with five names; it stays short', () => {
    const many = Array.from({ length: 100 }, (_, i) => host(`host${i}`, { tags: i % 3 ? ['ssd'] : [], memMiB: 1_000 + i }));
    const ledger = many.reduce((now, { name }) => taken(now, name, 3.5), empty(many));
    const reason = reasonOf(reserve(ledger, 'o', [demand('n', { hostTags: ['ssd'], memMiB: 1_050 })]));
    expect(reason).toContain('host0, host3, host6, host9, host12 and 12 more: tag ssd missing, cpu 1 of 0.5 left, mem 1050 of at most 1047 MiB left; ');
    expect(reason.length).toBeLessThan(800);
  });

  test('when every host says something else, five reasons are said and the rest counted', () => {
    const ledger = empty(hosts(9));
    const first = granted(reserve(ledger, 'o', Array.from({ length: 9 }, (_, i) => demand(`n${i}`, { tags: [`t${i}`], requiredHost: `host${i + 1}` })))).ledger;
    const result = reserve(first, 'o', [demand('x', { apart: Array.from({ length: 9 }, (_, i) => `t${i}`) })]);
    expect(reasonOf(result)).toMatch(/^waiting: node x: host1: apart from t0 \(n0 is there\); .*host5: .*; 4 more for other reasons$/);
  });

  test.each<[string, Partial<Demand>, string, string]>([
    ['a tag that no host has', { hostTags: ['gpu'] }, 'nodes.n.host_tags', 'n asks for a host tagged gpu, which none is here; tags there are: ssd'],
    ['a tag that the named host has not', { hostTags: ['ssd'], requiredHost: 'host1' }, 'nodes.n.host_tags', 'n asks for a host tagged ssd, which none is; no host has tags'],
    ['too much for the hosts with the tag', { hostTags: ['ssd'], cpu: 3 }, 'nodes.n.cpu', 'n asks 3 cpu, no host here has more than 2'],
    ['near a tag that nobody has', { near: ['db'] }, 'nodes.n.near', 'n asks to be near db, but no node has that tag'],
  ])('%s is impossible, with its field', (_, more, field, reason) => {
    expect(reserve(empty([host('host1'), host('host2', { tags: ['ssd'], cpu: 2 })]), 'o', [demand('n', more)])).toEqual({ kind: 'impossible', field, reason });
  });

  test('more that keep apart than there are hosts: impossible, and where the others are', () => {
    expect(reserve(empty(hosts(3)), 'o', several(4, 'db', { apart: ['db'] }))).toEqual({
      kind: 'impossible', field: 'nodes.db3.apart', reason: 'db3 finds no place beside the other nodes: host1, host2, host3: apart from db (db0, db1, db2 are there)',
    });
  });

  test('what would fit on the empty compute waits', () => {
    const wanted = several(3, 'db', { apart: ['db'], cpu: 3 });
    const ledger = taken(empty(hosts(3)), 'host2', 2);
    expect(reasonOf(reserve(ledger, 'o', wanted))).toBe('waiting: node db2: host1, host3: cpu 3 of 1 left, apart from db (db0, db1 are there); host2: cpu 3 of 2 left; held by other/host2 (2 cpu)');
    expect(reserve(release(ledger, 'other/host2'), 'o', wanted).kind).toBe('granted');
  });
});

describe('beside what an owner has', () => {
  const db = (count: number, more: Partial<Demand> = {}) => several(count, 'db', { apart: ['db'], ...more });

  test('a scale adds beside what stays, by the rules; a repair changes nothing', () => {
    const { ledger, allocations } = granted(reserve(empty(hosts(3)), 'o', db(2)));
    expect(granted(reserve(ledger, 'o', db(2)))).toMatchObject({ ledger, allocations });
    const three = granted(reserve(ledger, 'o', db(3)));
    expect(three.allocations.slice(0, 2)).toEqual(allocations);
    expect(three.allocations[2]!.host).toBe('host3');
    expect(reserve(three.ledger, 'o', db(4)).kind).toBe('impossible');
    const less = release(three.ledger, 'o', ['db1']);
    expect(placesOf(reserve(less, 'o', [db(3)[0]!, db(3)[2]!, demand('db7', { tags: ['db'], apart: ['db'] })]))).toEqual({ db0: 'host1', db2: 'host3', db7: 'host2' });
  });

  test('a node that grows beyond its host goes elsewhere only where the rules let it', () => {
    const ledger = granted(reserve(empty([...hosts(2), host('host3', { cpu: 8 })]), 'o', db(2))).ledger;
    const grown = [db(1)[0]!, { ...db(2)[1]!, cpu: 5 }];
    expect(placesOf(reserve(ledger, 'o', grown))).toEqual({ db0: 'host1', db1: 'host3' });
    const full = granted(reserve(ledger, 'p', [demand('n', { cpu: 8, requiredHost: 'host3' })])).ledger;
    expect(reasonOf(reserve(full, 'o', grown))).toBe('waiting: node db1: host1: cpu 5 of 3 left, apart from db (db0 is there); host2, host3: cpu 5 of at most 4 left; held by p (8 cpu), o (1 cpu)');
  });

  test('a node that others are near to does not leave them', () => {
    const pair = (cpu: number) => [...several(1, 'db', { cpu }), demand('cache', { near: ['db'] })];
    const ledger = granted(reserve(empty([host('host1'), host('host2', { cpu: 8 })]), 'o', pair(1))).ledger;
    expect(placesOf(reserve(ledger, 'o', pair(3)))).toEqual({ db0: 'host1', cache: 'host1' });
    expect(reasonOf(reserve(ledger, 'o', pair(4)))).toBe('waiting: node db0: host1: cpu 4 of 3 left; host2: must be near cache on host1; held by o (1 cpu)');
  });

  test('a node stays where it is when what it was near to goes, and asks nothing of what comes', () => {
    const cache = demand('cache', { near: ['db'] });
    const dbs = [demand('db0', { tags: ['db'], requiredHost: 'host1' }), demand('db1', { tags: ['db'], requiredHost: 'host2', memMiB: 900 })];
    const start = granted(reserve(empty(hosts(2)), 'o', [...dbs, cache]));
    const [, , there] = start.allocations;
    expect(there!.host).toBe('host2');
    const without = release(start.ledger, 'o', ['db1']);
    expect(granted(reserve(without, 'o', [dbs[0]!, cache])).allocations[1]).toEqual(there);
    expect(placesOf(reserve(without, 'o', [dbs[0]!, cache, demand('db2', { tags: ['db'], cpu: 3, requiredHost: 'host1' })]))).toEqual({ db0: 'host1', cache: 'host2', db2: 'host1' });
  });

  test('with a new rule a node moves only if its place breaks it; the one that says less stays', () => {
    const plain = (more: Partial<Demand> = {}) => [demand('a', more), demand('b')];
    const ledger = granted(reserve(empty([host('host1'), host('host2', { tags: ['ssd'] })]), 'o', plain())).ledger;
    expect(placesOf(reserve(ledger, 'o', plain({ apart: ['b'] })))).toEqual({ a: 'host1', b: 'host1' });
    expect(placesOf(reserve(ledger, 'o', plain({ hostTags: ['ssd'] })))).toEqual({ a: 'host2', b: 'host1' });
    expect(placesOf(reserve(ledger, 'o', [demand('a', { apart: ['b'] }), demand('b', { tags: ['b'] })]))).toEqual({ a: 'host2', b: 'host1' });
  });

  test('what was reserved before there were rules keeps its place', () => {
    const old = granted(reserve(empty(hosts(2)), 'o', [demand('a'), demand('b')])).ledger;
    const now = granted(reserve(old, 'o', [demand('a', { tags: ['x'] }), demand('b', { tags: ['x'] })]));
    expect(now.allocations.map((a) => [a.host, a.tags])).toEqual([['host1', ['x']], ['host1', ['x']]]);
  });
});

describe('what products.md says of it', () => {
  const page = readFileSync(join(__dirname, '../../docs/products.md'), 'utf8').split('### Where nodes go')[1]!;
  const block = (language: string) => page.split(`\`\`\`${language}\n`)[1]!.split('\n```')[0]!;
  const spec = readClusterSpec(JSON.parse(block('json')), () => undefined, { defaultDnsname: 'x' });
  if (isProblem(spec)) throw new Error(spec.message);
  const wanted = spec.nodes.map(demandOf);
  const three = empty(hosts(3, { memMiB: 4_000 }).map((one, i) => ({ ...one, name: 'abc'[i]!, tags: i < 2 ? ['ssd'] : [] })));

  test('its sample goes where it says', () => {
    const { db0, db1, cache, web0, web1 } = placesOf(reserve(three, 'o', wanted));
    expect([db0, db1].sort()).toEqual(['a', 'b']);
    expect([db0, db1]).toContain(cache);
    expect(web0).toBe('c');
    expect(web1).not.toBe(web0);
  });

  test('its reason is one that is given', () => {
    const holder = 'cluster/test/redis/1.0.0/1';
    const { ledger } = granted(reserve(three, holder, [demand('n', { cpu: 3.5, requiredHost: 'a' })]));
    expect(reasonOf(reserve(ledger, 'o', wanted))).toBe(`waiting: ${block('text')}`);
  });
});

test('a hundred nodes with rules on twenty hosts take some milliseconds, granted or not', () => {
  const list = Array.from({ length: 20 }, (_, i) => host(`host${i}`, { cpu: 16, memMiB: 64_000, tags: i % 2 ? ['ssd'] : [] }));
  const site = (i: number): Demand[] => [
    demand(`db${i}`, { tags: ['db', `db${i}`], apart: ['db'], hostTags: ['ssd'], disks: ['x'] }),
    ...several(2, `cache${i}`, { near: [`db${i}`] }), ...several(7, `web${i}`, { apart: [`web${i}`], placement: 'spread' }),
  ];
  const good = Array.from({ length: 10 }, (_, i) => site(i)).flat();
  // Three of them fill a host, and there is one more than that, all of them different: no sum and no rule says that it cannot be.
  const odd = Array.from({ length: 61 }, (_, i) => demand(`n${i}`, { cpu: 5.05 + i / 500, tags: ['odd'] }));
  const bad = [...odd, ...several(39, 'web', { near: ['odd'], cpu: 0.01 })];
  const quickest = (wanted: Demand[], kind: string) => Math.min(...Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    expect(reserve(empty(list), 'o', wanted).kind).toBe(kind);
    return performance.now() - startedAt;
  }));
  expect(quickest(good, 'granted')).toBeLessThan(50);
  expect(quickest(bad, 'impossible')).toBeLessThan(50);
  expect(reasonOf(reserve(empty(list), 'o', bad))).toContain('(not every way to place the nodes could be tried)');
});

describe('laws', () => {
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
});
