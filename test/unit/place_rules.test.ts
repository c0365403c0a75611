import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Demand, Ledger } from '../../model/compute';
import { demandOf } from '../../model/demand';
import { isProblem } from '../../model/errors';
import { release, reserve } from '../../model/placement';
import { readClusterSpec } from '../../model/template_result';
import { demand, empty, granted, host, hosts, hostsOf, placesOf, reasonOf, several, taken } from '../support/placing';

describe('pack and spread', () => {
  test('nodes go together to the fullest host that can take them, unless they say spread', () => {
    expect(hostsOf(reserve(empty(hosts(3)), 'o', several(4, 'web')))).toEqual(['host1', 'host1', 'host1', 'host1']);
    const spread = several(4, 'web', { placement: 'spread' });
    expect(hostsOf(reserve(empty(hosts(3)), 'o', spread)).sort()).toEqual(['host1', 'host1', 'host2', 'host3']);
    expect(hostsOf(reserve(taken(empty(hosts(3)), 'host2', 1), 'o', several(1, 'web')))).toEqual(['host2']);
  });

  test('spread goes by the nodes of its own owner, then by what is free', () => {
    const ledger = taken(taken(empty([...hosts(2), host('host3', { cpu: 16 })]), 'host1', 1), 'host2', 2);
    expect(hostsOf(reserve(ledger, 'o', several(4, 'web', { placement: 'spread', memMiB: 10 })))).toEqual(['host3', 'host1', 'host2', 'host3']);
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

  test('owners of one group are neighbours of each other, and of nobody else', () => {
    const instance = (rules: Partial<Demand>) => [demand('machine', { group: 'service/web', tags: ['instance'], ...rules })];
    const placed = (rules: Partial<Demand>, owners: number) => Array.from({ length: owners }).reduce<{ ledger: Ledger; at: string[] }>(({ ledger, at }, _, n) => {
      const given = granted(reserve(ledger, `agent/${n}`, instance(rules)));
      return { ledger: given.ledger, at: [...at, given.allocations[0]!.host] };
    }, { ledger: taken(empty(hosts(3)), 'host2', 1), at: [] });
    expect(placed({}, 3).at).toEqual(['host2', 'host2', 'host2']);
    expect(placed({ placement: 'spread' }, 3).at).toEqual(['host1', 'host3', 'host2']);
    const { ledger, at } = placed({ apart: ['instance'] }, 3);
    expect([...at].sort()).toEqual(['host1', 'host2', 'host3']);
    expect(reasonOf(reserve(ledger, 'agent/3', instance({ apart: ['instance'] })))).toContain('agent/0 machine');
    expect(hostsOf(reserve(ledger, 'agent/4', instance({ group: 'service/other', apart: ['instance'] })))).toEqual(['host2']);
    // One that moves does not keep itself away.
    expect(granted(reserve(ledger, 'agent/0', instance({ apart: ['instance'], memMiB: 20 }))).allocations[0]!.host).toBe(at[0]);
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

  test('the first that joins the only one of its kind goes to it', () => {
    const one = demand('web0', { tags: ['web'], near: ['web'] });
    const ledger = taken(granted(reserve(empty(hosts(2)), 'o', [one])).ledger, 'host2', 3);
    expect(placesOf(reserve(ledger, 'o', [one, demand('web1', { tags: ['web'] })]))).toEqual({ web0: 'host1', web1: 'host1' });
    expect(reasonOf(reserve(taken(ledger, 'host1', 3), 'o', [one, demand('web1', { tags: ['web'] })]))).toContain('host2: must be near web0 on host1');
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

describe('nearly full hosts', () => {
  const sized = (...memMiB: number[]) => empty(memMiB.map((one, i) => host(`host${i}`, { memMiB: one, cpu: 100 })));
  /** By memory, and the tag that it keeps apart from; the tags go round. */
  const nodes = (...list: [memMiB: number, apart?: number][]) =>
    list.map(([memMiB, apart], i) => demand(`n${i}`, { memMiB, tags: [`t${i % 5}`], ...(apart === undefined ? {} : { apart: [`t${apart}`] }) }));

  test('a way that one long search misses is found by many short ones', () => {
    const wanted = nodes([134], [100], [133], [67], [110], [109, 1], [128], [124], [61], [145, 3]);
    expect(reserve(sized(111, 241, 168, 146, 280, 220), 'o', wanted).kind).toBe('granted');
  });

  test('a way is not lost among more hosts', () => {
    const wanted = nodes([133], [111], [96, 0], [130], [152, 3], [111], [139, 3], [122], [118], [172]);
    expect(reserve(sized(146, 269, 265, 221, 179, 295), 'o', wanted).kind).toBe('granted');
    expect(reserve(sized(146, 269, 265, 221, 179, 295, 68), 'o', wanted).kind).toBe('granted');
  });
});

describe('why not', () => {
  test('every host with its reason', () => {
    const ledger = taken(empty([host('a', { tags: ['ssd'] }), host('b', { tags: ['ssd'] }), host('c')]), 'a', 3.5);
    const first = granted(reserve(ledger, 'o', [demand('example0', { tags: ['db'], requiredHost: 'b' })])).ledger;
    const result = reserve(first, 'o', [demand('example2', { cpu: 2, apart: ['db'], hostTags: ['ssd'] })]);
    expect(reasonOf(result)).toBe('waiting: node example2: a: cpu 2 of 0.5 left; b: apart from db (example0 is there); c: tag ssd missing; held by other/a (3.5 cpu)');
  });

  test('a node that would find no host alone is the one that is named', () => {
    const ledger = taken(empty([host('host1'), host('host2', { cpu: 8 })]), 'host2', 4);
    expect(reasonOf(reserve(ledger, 'o', [demand('y', { tags: ['y'] }), demand('x', { near: ['y'], cpu: 5 })]))).toBe('waiting: node x: host1, host2: cpu 5 of 4 left; held by other/host2 (4 cpu)');
  });

  test('a reason of many hosts is said before those of few', () => {
    const list = [...hosts(6), ...Array.from({ length: 3 }, (_, i) => host(`last${i}`, { tags: ['z'] }))];
    const first = granted(reserve(empty(list), 'o', Array.from({ length: 6 }, (_, i) => demand(`n${i}`, { tags: [`t${i}`], requiredHost: `host${i + 1}` })))).ledger;
    const ledger = list.slice(6).reduce((now, { name }) => taken(now, name, 3.5), first);
    const reason = reasonOf(reserve(ledger, 'o', [demand('x', { apart: Array.from({ length: 6 }, (_, i) => `t${i}`) })]));
    expect(reason).toContain('last0, last1, last2: cpu 1 of 0.5 left; 2 more for other reasons');
  });

  test('it is certain that there is no way where a count or a short search shows it', () => {
    const apart = Array.from({ length: 30 }, (_, i) => demand(`n${i}`, { cpu: 1 + i / 100, tags: ['n'], apart: ['n'] }));
    expect(reasonOf(reserve(empty(hosts(20)), 'o', apart))).toMatch(/^impossible: n20 finds no place [^(]*\(n0, n1, n2 and 17 more are there\)$/);
    expect(reasonOf(reserve(empty(hosts(9, { cpu: 5 })), 'o', several(15, 'n', { cpu: 3 })))).toMatch(/cpu 3 of 2 left$/);
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

  test('a changed node has its place before a new one', () => {
    const ledger = taken(granted(reserve(empty(hosts(2)), 'o', [demand('a', { cpu: 2, requiredHost: 'host2' })])).ledger, 'host2', 1);
    expect(placesOf(reserve(ledger, 'o', [demand('new', { cpu: 2 }), demand('a', { cpu: 2, memMiB: 101 })]))).toEqual({ new: 'host1', a: 'host2' });
  });

  test('a node may come to be near one that was there before, or that comes with it', () => {
    const ledger = granted(reserve(empty([...hosts(1), host('host2', { cpu: 8 })]), 'o', [demand('a', { cpu: 3 })])).ledger;
    const near = demand('a', { cpu: 3, tags: ['x'], near: ['x'] });
    expect(placesOf(reserve(ledger, 'o', [near, demand('b', { cpu: 2, tags: ['x'] })]))).toEqual({ a: 'host2', b: 'host2' });
  });

  test('who waits to be near a node that is not asked for again waits, and is not refused', () => {
    const ledger = taken(granted(reserve(empty(hosts(1)), 'o', several(1, 'db'))).ledger, 'host1', 3);
    expect(reasonOf(reserve(ledger, 'o', [demand('cache', { near: ['db'] })]))).toBe('waiting: cpu: needs 1, 0 of 4 free on host1; held by other/host1 (3 cpu), o (1 cpu)');
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
  expect(quickest(good, 'granted')).toBeLessThan(1_000);
  expect(quickest(bad, 'impossible')).toBeLessThan(1_000);
  expect(reasonOf(reserve(empty(list), 'o', bad))).toContain('(not every way to place the nodes could be tried)');
});

test('nothing is placed on hosts that are away; what is there stays, and who waits for one is told', () => {
  const first = granted(reserve(empty(hosts(2)), 'one', several(2, 'db', { apart: ['db'] })));
  expect(hostsOf(reserve(first.ledger, 'one', several(2, 'db', { apart: ['db'] }), ['host2']))).toEqual(first.allocations.map((a) => a.host));
  expect(hostsOf(reserve(first.ledger, 'two', several(2, 'web'), ['host2']))).toEqual(['host1', 'host1']);
  expect(reasonOf(reserve(first.ledger, 'two', several(2, 'web', { apart: ['web'] }), ['host2']))).toMatch(/^waiting: .*; host2 cannot be reached$/);
  expect(reasonOf(reserve(empty(hosts(2)), 'two', several(1, 'web'), ['host1', 'host2']))).toMatch(/^waiting: .*host1 cannot be reached; host2 cannot be reached$/);
  expect(reasonOf(reserve(empty(hosts(2)), 'two', several(3, 'web', { apart: ['web'] }), ['host2']))).toMatch(/^impossible: /);
});
