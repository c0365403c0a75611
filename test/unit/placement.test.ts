import fc from 'fast-check';
import type { Allocation, Demand, Ledger, ReserveResult } from '../../model/compute';
import { demandOf } from '../../model/demand';
import { diskOrigin } from '../../model/disk_origin';
import { formatIpv4, parseIpv4 } from '../../model/ipv4';
import type { HostCapacity, NetworkPool } from '../../model/machine';
import { release, reserve } from '../../model/placement';
import { usage } from '../../model/room';

const host = (more: Partial<HostCapacity> = {}): HostCapacity => ({ name: 'host1', cpu: 12, memMiB: 8096, disks: ['disk1', 'disk2'], ...more });
const ADMIN: NetworkPool = { name: 'admin', first: '10.0.0.1', last: '10.0.0.254' };
const STORAGE: NetworkPool = { name: 'storage', first: '10.1.0.1', last: '10.1.0.4' };

const empty = (hosts: HostCapacity[] = [host()], networks: NetworkPool[] = [ADMIN, STORAGE], cpuOvercommit = 1): Ledger => ({
  capacity: { hosts, networks, cpuOvercommit, diskRoot: '/data' }, reservations: {},
});

const demand = (node: string, more: Partial<Demand> = {}): Demand => ({ node, cpu: 1, memMiB: 64, disks: [], customDisks: false, networks: [], ...more });

function granted(result: ReserveResult): { ledger: Ledger; allocations: Allocation[] } {
  if (result.kind !== 'granted') throw new Error(`${result.kind}: ${result.reason}`);
  return result;
}

const disksOf = (result: ReserveResult) => granted(result).allocations.map((allocation) => allocation.disks);
const held = (ledger: Ledger, disks: string[], owner = 'other'): Ledger =>
  granted(reserve(ledger, owner, [demand('n', { cpu: 0.1, memMiB: 1, disks, customDisks: true })])).ledger;

describe("the original's facts", () => {
  test('CT2: 2 cpu, 1024 MB and 2 disks fit exactly where that is free', () => {
    const ledger = empty([host({ cpu: 2, memMiB: 1024 })]);
    expect(disksOf(reserve(ledger, 'c', [demand('n', { cpu: 2, memMiB: 1024, disks: ['a', 'b'] })]))).toEqual([['disk1', 'disk2']]);
    expect(reserve(ledger, 'c', [demand('n', { cpu: 2.001, memMiB: 1024 })]).kind).toBe('impossible');
    expect(reserve(ledger, 'c', [demand('n', { cpu: 2, memMiB: 1025 })]).kind).toBe('impossible');
  });

  test('CT3: named disks are exactly those, a number of disks the first free ones', () => {
    const disks = (numbers: number[]) => numbers.map((n) => `disk${n}`);
    const custom = (numbers: number[]) => [demand('n', { disks: disks(numbers), customDisks: true })];
    expect(reserve(empty(), 'c', custom([8, 9])).kind).toBe('impossible');
    const four = empty([host({ disks: disks([1, 2, 5, 7]) })]);
    expect(disksOf(reserve(four, 'c', custom([1, 5])))).toEqual([['disk1', 'disk5']]);
    expect(disksOf(reserve(empty(), 'c', [demand('n', { disks: ['x', 'y'] })]))).toEqual([['disk1', 'disk2']]);
    const rest = granted(reserve(four, 'c', custom([1, 5]))).ledger;
    expect(disksOf(reserve(rest, 'd', [demand('n', { disks: ['x', 'y'] })]))).toEqual([['disk2', 'disk7']]);
  });

  test('CT4: a named host is that host or none', () => {
    const ledger = empty([host(), host({ name: 'host2' })]);
    const on = (requiredHost?: string) => reserve(ledger, 'c', [demand('n', requiredHost ? { requiredHost } : {})]);
    expect(granted(on('host2')).allocations[0]!.host).toBe('host2');
    expect(granted(on()).allocations[0]!.host).toBe('host1');
    expect(on('host3')).toMatchObject({ kind: 'impossible', field: 'nodes.n.required_node' });
  });

  test('CT5, P-34: where the data of disk1 and disk4 lies', () => {
    const dn = 'clusters/test/reference/1.0.0/1/nodes/example0';
    expect(diskOrigin('/data', 'disk1', dn)).toBe('/data/1/clusters--test--reference--1__0__0--1--nodes--example0');
    expect(diskOrigin('/data', 'disk4', dn)).toBe('/data/4/clusters--test--reference--1__0__0--1--nodes--example0');
    expect(diskOrigin('/data', 'scratch', dn)).toMatch(/^\/data\/scratch\//);
  });

  test('CT12: what a node asks is what its template says', () => {
    expect(demandOf({
      name: 'n', env: {}, cpu: 0.5, memMiB: 64, customDisks: true, checkPorts: [22, 5000], tags: [], requiredHost: 'h', roles: [],
      disks: [{ name: 'disk1', destination: '/a', mode: 'rw' }, { name: 'disk4', destination: '/b', mode: 'ro' }],
      networks: [{ device: 'eth0', network: 'admin', address: '10.0.0.9', gateway: '10.0.0.1' }, { device: 'eth1', network: 'storage' }],
    })).toEqual({
      node: 'n', cpu: 0.5, memMiB: 64, disks: ['disk1', 'disk4'], customDisks: true, requiredHost: 'h', ports: [22, 5000],
      networks: [{ device: 'eth0', network: 'admin', address: '10.0.0.9' }, { device: 'eth1', network: 'storage' }],
    });
    expect(demandOf({
      name: 'n', env: {}, cpu: 1, memMiB: 64, customDisks: false, checkPorts: [], roles: [], disks: [], networks: [],
      tags: ['db'], near: ['a'], apart: ['db'], hostTags: ['ssd'], placement: 'spread',
    })).toEqual({ node: 'n', cpu: 1, memMiB: 64, disks: [], customDisks: false, networks: [], tags: ['db'], near: ['a'], apart: ['db'], hostTags: ['ssd'], placement: 'spread' });
  });

  test('CT13: 12 disks a host, none used; used ones are counted and belong to somebody', () => {
    const twelve = empty([host({ disks: Array.from({ length: 12 }, (_, i) => `disk${i + 1}`) })]);
    expect(usage(twelve).hosts[0]!.disks).toEqual({ used: 0, total: 12 });
    const after = granted(reserve(twelve, 'cluster/a', [demand('n', { disks: ['x', 'y', 'z'] })])).ledger;
    expect(usage(after).hosts[0]!.disks).toEqual({ used: 3, total: 12 });
    expect(after.reservations['cluster/a']!.allocations[0]!.disks).toEqual(['disk1', 'disk2', 'disk3']);
  });
});

describe('cpu, memory, addresses', () => {
  test('cpu is given out as often as the compute says, memory once; fractions add up exactly', () => {
    const ledger = empty([host({ cpu: 1, memMiB: 100 })], [], 8);
    const tenths = (count: number) => Array.from({ length: count }, (_, i) => demand(`n${i}`, { cpu: 0.1, memMiB: 1 }));
    expect(reserve(ledger, 'c', tenths(80)).kind).toBe('granted');
    expect(reserve(ledger, 'c', tenths(81))).toMatchObject({ kind: 'impossible', field: 'nodes.n80.cpu' });
    expect(reserve(ledger, 'c', [demand('a', { memMiB: 101 })])).toMatchObject({ kind: 'impossible', field: 'nodes.a.mem' });
  });

  test('odd fractions add up to the last thousandth', () => {
    const { ledger } = granted(reserve(empty([host({ cpu: 12.003 })], []), 'c', ['a', 'b', 'c'].map((node) => demand(node, { cpu: 4.001 }))));
    expect(usage(ledger).hosts[0]!.cpu).toEqual({ used: 12.003, total: 12.003 });
  });

  test('nodes that name their disks go before those that take any', () => {
    expect(disksOf(reserve(empty(), 'c', [demand('any', { disks: ['x'] }), demand('named', { disks: ['disk1'], customDisks: true })]))).toEqual([['disk2'], ['disk1']]);
  });

  test('hosts are filled so that all fit: the fullest first, and the biggest nodes first where the order given does not work out', () => {
    const hostsOf = (...sizes: number[]) => empty(sizes.map((memMiB, i) => host({ name: `host${i + 1}`, memMiB })));
    const places = (ledger: Ledger, sizes: number[]) => granted(reserve(ledger, 'c', sizes.map((memMiB, i) => demand(`n${i}`, { memMiB })))).allocations.map((a) => a.host);
    expect(places(hostsOf(10, 7), [7, 5, 5])).toEqual(['host2', 'host1', 'host1']);
    expect(places(hostsOf(6, 4), [2, 4, 4])).toEqual(['host1', 'host2', 'host1']);
  });

  test('a node without networks gets an address of the first one as eth0; without any network it has none', () => {
    const one = granted(reserve(empty(), 'c', [demand('n')])).allocations[0]!;
    expect(one.networks).toEqual([{ device: 'eth0', network: 'admin', address: '10.0.0.1' }]);
    expect(granted(reserve(empty([host()], []), 'c', [demand('n')])).allocations[0]!.networks).toEqual([]);
  });

  test('fixed addresses are given first, the others are the lowest free ones, in order', () => {
    const eth0 = (address?: string) => ({ networks: [{ device: 'eth0', network: 'admin', ...(address ? { address } : {}) }] });
    const { allocations } = granted(reserve(empty(), 'c', [demand('a', eth0()), demand('b', eth0('10.0.0.1')), demand('c', eth0())]));
    expect(allocations.map((a) => a.networks[0]!.address)).toEqual(['10.0.0.2', '10.0.0.1', '10.0.0.3']);
  });

  test('ipv4 as number and back; anything else is none', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (number) => expect(parseIpv4(formatIpv4(number))).toBe(number)));
    expect(parseIpv4('127.77.0.1')).toBe(127 * 2 ** 24 + 77 * 2 ** 16 + 1);
    for (const text of ['', '1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4.5', 'a.b.c.d', ' 1.2.3.4', '1.2.3.-4']) expect(parseIpv4(text)).toBeUndefined();
  });
});

describe('why not', () => {
  const twelve = host({ cpu: 2, disks: Array.from({ length: 12 }, (_, i) => `disk${i + 1}`) });
  const owner = 'cluster/test/reference/1.0.0/1';

  test('what is missing, where, how much is free, and who holds it', () => {
    const { ledger } = granted(reserve(empty([twelve], [ADMIN], 8), owner, [demand('n', { cpu: 14.5, memMiB: 96, disks: Array.from({ length: 10 }, (_, i) => `${i}`) })]));
    expect(reserve(ledger, 'c', [demand('a', { cpu: 1.5, disks: ['x', 'y'] }), demand('b', { cpu: 1.5, disks: ['x', 'y'] })])).toEqual({
      kind: 'waiting', reason: `cpu: needs 3, 1.5 of 16 free on host1; disks: needs 4, 2 of 12 free on host1; held by ${owner} (14.5 cpu, 10 disks)`,
    });
  });

  test('on several hosts the sums are said, to the thousandth', () => {
    const { ledger } = granted(reserve(empty([host({ cpu: 0.1 }), host({ name: 'host2', cpu: 0.7 })], [ADMIN]), 'first', [demand('a', { cpu: 0.5 })]));
    expect(reserve(ledger, 'second', ['a', 'b', 'c', 'd'].map((node) => demand(node, { cpu: 0.1 })))).toEqual({
      kind: 'waiting', reason: 'cpu: needs 0.4, 0.3 of 0.8 free on 2 hosts; node d: host1, host2: cpu 0.1 of 0 left; held by first (0.5 cpu)',
    });
  });

  test('the biggest holders are named first, three of them', () => {
    let ledger = empty([twelve]);
    for (const [name, memMiB] of [['a', 1000], ['b', 3000], ['c', 500], ['d', 2000]] as const) ledger = granted(reserve(ledger, name, [demand('n', { cpu: 0.1, memMiB })])).ledger;
    expect(reserve(ledger, 'x', [demand('n', { memMiB: 5000 })])).toEqual({
      kind: 'waiting', reason: 'mem MiB: needs 5000, 1596 of 8096 free on host1; held by b (3000 MiB), d (2000 MiB), a (1000 MiB) and 1 more',
    });
  });

  test('a named disk, a fixed address, a full network', () => {
    expect(reserve(held(empty(), ['disk2']), 'c', [demand('n', { disks: ['disk2'], customDisks: true })])).toEqual({
      kind: 'waiting', reason: 'node n: host1: disk2 not free; held by other (1 disk)',
    });
    const fixed = [demand('n', { networks: [{ device: 'eth0', network: 'admin', address: '10.0.0.7' }] })];
    const { ledger } = granted(reserve(empty(), 'first', fixed));
    expect(reserve(ledger, 'second', fixed)).toEqual({ kind: 'waiting', reason: 'network admin: n needs 10.0.0.7, which is not free; held by first (1 address)' });
    const storage = (count: number) => Array.from({ length: count }, (_, i) => demand(`n${i}`, { networks: [{ device: 'eth0', network: 'storage' }] }));
    const three = granted(reserve(empty(), 'first', storage(3))).ledger;
    expect(reserve(three, 'second', storage(2))).toEqual({ kind: 'waiting', reason: 'network storage: needs 2 addresses, 1 of 4 free; held by first (3 addresses)' });
  });

  test('enough in all, but on no host together', () => {
    const two = empty([host({ cpu: 4 }), host({ name: 'host2', cpu: 4 })]);
    const { ledger } = granted(reserve(two, 'first', [demand('a', { cpu: 2, requiredHost: 'host1' }), demand('b', { cpu: 2, requiredHost: 'host2' })]));
    expect(reserve(ledger, 'second', [demand('n', { cpu: 3 })])).toEqual({ kind: 'waiting', reason: 'node n: host1, host2: cpu 3 of 2 left; held by first (4 cpu)' });
  });

  test.each<[string, Partial<Demand>, string]>([
    ['more cpu than any host', { cpu: 13 }, 'nodes.n.cpu'],
    ['more memory than any host', { memMiB: 9000 }, 'nodes.n.mem'],
    ['more disks than any host', { disks: ['a', 'b', 'c'] }, 'nodes.n.disks'],
    ['a disk that is nowhere', { disks: ['disk9'], customDisks: true }, 'nodes.n.disks'],
    ['a host that is not there', { requiredHost: 'c13-1' }, 'nodes.n.required_node'],
    ['a network that is not there', { networks: [{ device: 'eth1', network: 'wan' }] }, 'nodes.n.networks.eth1.networkname'],
    ['an address outside of the network', { networks: [{ device: 'eth1', network: 'admin', address: '10.9.0.1' }] }, 'nodes.n.networks.eth1.address'],
  ])('%s is impossible, with its field', (_, more, field) => {
    expect(reserve(empty(), 'c', [demand('ok'), demand('n', more)])).toMatchObject({ kind: 'impossible', field });
  });

  test('what only some hosts have is impossible on the host that is named', () => {
    const hosts = [host({ cpu: 1 }), host({ name: 'host2', cpu: 8, memMiB: 10 })];
    expect(reserve(empty(hosts), 'c', [demand('n', { cpu: 8, memMiB: 10, requiredHost: 'host1' })])).toMatchObject({ kind: 'impossible', field: 'nodes.n.cpu' });
    expect(reserve(empty(hosts), 'c', [demand('n', { cpu: 8, memMiB: 11 })])).toMatchObject({ kind: 'impossible', field: 'nodes.n' });
  });

  test('too much together, the same disk, the same address: impossible, with the node that goes too far', () => {
    const many = Array.from({ length: 20 }, (_, i) => demand(`example${i}`, { memMiB: 500 }));
    const said = reserve(empty([host({ cpu: 100 })]), 'c', many);
    expect(said).toMatchObject({ kind: 'impossible', field: 'nodes.example16.mem' });
    expect((said as { reason: string }).reason).toContain('all 20 need 10000 MiB of memory, this compute has 8096');
    const disk = { disks: ['disk1'], customDisks: true };
    expect(reserve(empty(), 'c', [demand('a', disk), demand('b', disk)])).toMatchObject({ kind: 'impossible', field: 'nodes.b.disks' });
    const address = { networks: [{ device: 'eth0', network: 'admin', address: '10.0.0.7' }] };
    expect(reserve(empty(), 'c', [demand('a', address), demand('b', address)])).toMatchObject({ kind: 'impossible', field: 'nodes.b.networks.eth0.address' });
    expect(reserve(empty([]), 'c', [demand('a')])).toMatchObject({ kind: 'impossible', field: 'nodes.a' });
  });
});

describe('what an owner has already', () => {
  const disks = ['disk1', 'disk2', 'disk3', 'disk4'];
  const start = () => granted(reserve(empty([host({ disks })]), 'c', [demand('a', { disks: ['x'] }), demand('b', { disks: ['x'] })]));

  test('the same order again changes nothing', () => {
    const { ledger, allocations } = start();
    const again = granted(reserve(ledger, 'c', [demand('a', { disks: ['x'] }), demand('b', { disks: ['x'] })]));
    expect(again).toMatchObject({ ledger, allocations });
  });

  test('a changed node gets its disks and addresses back and what is new beside them; the others keep theirs', () => {
    const { ledger } = start();
    const { allocations } = granted(reserve(ledger, 'c', [demand('new', { disks: ['x'] }), demand('a', { disks: ['x', 'y'] }), demand('b', { disks: ['x'] })]));
    expect(allocations.map((a) => [a.node, a.disks, a.networks[0]!.address])).toEqual([
      ['new', ['disk4'], '10.0.0.3'], ['a', ['disk1', 'disk3'], '10.0.0.1'], ['b', ['disk2'], '10.0.0.2'],
    ]);
  });

  test.each<Partial<Demand>>([{ cpu: 2 }, { memMiB: 65 }, { disks: [] }, { requiredHost: 'host2' }, { networks: [{ device: 'eth0', network: 'storage' }] }])('%j is a change', (more) => {
    const two = granted(reserve(empty([host(), host({ name: 'host2' })]), 'c', [demand('a', { disks: ['x'] })]));
    const [after] = granted(reserve(two.ledger, 'c', [demand('a', { disks: ['x'], ...more })])).allocations;
    expect(after).not.toEqual(two.allocations[0]);
    expect([after!.cpu, after!.memMiB, after!.disks.length]).toEqual([more.cpu ?? 1, more.memMiB ?? 64, more.disks?.length ?? 1]);
  });

  test('a changed node stays on its host where there is room', () => {
    const { ledger } = granted(reserve(empty([host(), host({ name: 'host2' })]), 'c', [demand('a', { requiredHost: 'host2' })]));
    expect(granted(reserve(ledger, 'c', [demand('a', { memMiB: 65 })])).allocations[0]!.host).toBe('host2');
  });

  test('what a changed node holds counts as free for it: it may grow to the whole host', () => {
    const { ledger } = granted(reserve(empty(), 'c', [demand('a', { cpu: 8 })]));
    expect(granted(reserve(ledger, 'c', [demand('a', { cpu: 12, memMiB: 8096 })])).allocations[0]).toMatchObject({ cpu: 12, memMiB: 8096 });
  });

  test('a node that is not wanted any more keeps what it holds until it is given back', () => {
    const { ledger } = start();
    const scaled = granted(reserve(ledger, 'c', [demand('a', { disks: ['x'] })]));
    expect(scaled.allocations.map((a) => a.node)).toEqual(['a']);
    expect(scaled.ledger.reservations.c!.allocations.map((a) => a.node)).toEqual(['a', 'b']);
    const after = release(scaled.ledger, 'c', ['b', 'nobody']);
    expect(after.reservations.c!.allocations.map((a) => a.node)).toEqual(['a']);
    expect(release(after, 'c', ['a']).reservations).toEqual({});
    expect(release(after, 'stranger')).toEqual(after);
  });
});

describe('laws', () => {
  const HOSTS = fc.integer({ min: 1, max: 3 }).chain((count) =>
    fc.tuple(...Array.from({ length: count }, (_, i) =>
      fc.record({ cpu: fc.integer({ min: 1, max: 8 }), memMiB: fc.integer({ min: 64, max: 512 }), disks: fc.integer({ min: 0, max: 5 }) })
        .map(({ cpu, memMiB, disks }) => host({ name: `host${i + 1}`, cpu, memMiB, disks: Array.from({ length: disks }, (_, d) => `disk${d + 1}`) })))));
  const SMALL: NetworkPool = { name: 'admin', first: '10.0.0.250', last: '10.0.1.8' };
  const ledgers = fc.tuple(HOSTS, fc.constantFrom(1, 2)).map(([hosts, overcommit]) => empty(hosts, [SMALL, STORAGE], overcommit));
  const wish = fc.record({
    cpu: fc.constantFrom(0.1, 0.5, 1, 2, 3), memMiB: fc.integer({ min: 1, max: 200 }), customDisks: fc.boolean(),
    disks: fc.uniqueArray(fc.constantFrom('disk1', 'disk2', 'disk3', 'disk4'), { maxLength: 3 }),
    networks: fc.uniqueArray(fc.record({ device: fc.constantFrom('eth0', 'eth1'), network: fc.constantFrom('admin', 'storage'), address: fc.constantFrom(undefined, undefined, '10.0.0.251', '10.1.0.2') }), { maxLength: 2, selector: (n) => n.device }),
    requiredHost: fc.constantFrom(undefined, undefined, undefined, 'host1', 'host2'),
  });
  const clean = (value: object) => JSON.parse(JSON.stringify(value)) as Demand;
  const orders = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), wish), { selector: ([node]) => node, maxLength: 5 })
    .map((list) => list.map(([node, more]) => clean({ node, ...more })));
  const steps = fc.array(fc.oneof(
    { weight: 3, arbitrary: fc.tuple(fc.constant('reserve' as const), fc.constantFrom('o1', 'o2', 'o3'), orders) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('release' as const), fc.constantFrom('o1', 'o2', 'o3'), fc.constant<Demand[]>([])) },
  ), { maxLength: 8 });

  const run = (ledger: Ledger, list: typeof steps extends fc.Arbitrary<infer T> ? T : never) =>
    list.reduce((now, [verb, owner, wanted]) => {
      if (verb === 'release') return release(now, owner);
      const result = reserve(now, owner, wanted);
      return result.kind === 'granted' ? result.ledger : now;
    }, ledger);

  const all = (ledger: Ledger) => Object.values(ledger.reservations).flatMap((reservation) => reservation.allocations);

  function expectSound(ledger: Ledger) {
    for (const { name, cpu, memMiB, disks } of ledger.capacity.hosts) {
      const here = all(ledger).filter((allocation) => allocation.host === name);
      const sum = (of: (a: Allocation) => number) => here.reduce((total, a) => total + of(a), 0);
      expect(sum((a) => a.cpu)).toBeLessThanOrEqual(cpu * ledger.capacity.cpuOvercommit + 1e-6);
      expect(sum((a) => a.memMiB)).toBeLessThanOrEqual(memMiB);
      const given = here.flatMap((a) => a.disks);
      expect(new Set(given).size).toBe(given.length);
      expect(given.every((disk) => disks.includes(disk))).toBe(true);
    }
    const addresses = all(ledger).flatMap((a) => a.networks.map((n) => `${n.network} ${n.address}`));
    expect(new Set(addresses).size).toBe(addresses.length);
    for (const pool of ledger.capacity.networks) {
      for (const { network, address } of all(ledger).flatMap((a) => a.networks)) {
        if (network !== pool.name) continue;
        expect(parseIpv4(address)).toBeGreaterThanOrEqual(parseIpv4(pool.first)!);
        expect(parseIpv4(address)).toBeLessThanOrEqual(parseIpv4(pool.last)!);
      }
    }
  }

  test('never over capacity; no disk and no address is given twice', () => {
    fc.assert(fc.property(ledgers, steps, (ledger, list) => expectSound(run(ledger, list))), { numRuns: 300 });
  });

  test('all or nothing, and everyone gets what was asked', () => {
    fc.assert(fc.property(ledgers, steps, orders, (ledger, list, wanted) => {
      const before = run(ledger, list);
      const result = reserve(before, 'o1', wanted);
      if (result.kind !== 'granted') return;
      expect(result.allocations.map((a) => a.node)).toEqual(wanted.map((d) => d.node));
      wanted.forEach((d, i) => {
        const a = result.allocations[i]!;
        expect([a.cpu, a.memMiB, a.disks.length, a.networks.length]).toEqual([d.cpu, d.memMiB, d.disks.length, Math.max(1, d.networks.length)]);
        if (d.customDisks) expect(a.disks).toEqual(d.disks);
        if (d.requiredHost) expect(a.host).toBe(d.requiredHost);
        for (const { device, network, address } of d.networks) {
          expect(a.networks).toContainEqual({ device, network, address: address ?? (expect.any(String) as string) });
        }
      });
    }), { numRuns: 300 });
  });

  test('the same input gives the same output and is left as it was, also after a journey through JSON', () => {
    fc.assert(fc.property(ledgers, steps, orders, (ledger, list, wanted) => {
      const before = run(ledger, list);
      const copy = JSON.parse(JSON.stringify(before)) as Ledger;
      const result = reserve(before, 'o1', wanted);
      expect(before).toEqual(copy);
      expect(reserve(before, 'o1', wanted)).toEqual(result);
      expect(reserve(copy, 'o1', wanted)).toEqual(result);
    }), { numRuns: 200 });
  });

  test('giving back undoes reserving', () => {
    fc.assert(fc.property(ledgers, steps, orders, (ledger, list, wanted) => {
      const before = release(run(ledger, list), 'new');
      const result = reserve(before, 'new', wanted);
      if (result.kind === 'granted') expect(release(result.ledger, 'new')).toEqual(before);
    }), { numRuns: 200 });
  });

  test('what is held is kept: reserving again with other nodes moves none that asks the same, and no other owner', () => {
    fc.assert(fc.property(ledgers, steps, orders, orders, (ledger, list, first, second) => {
      const one = reserve(run(ledger, list), 'o1', first);
      if (one.kind !== 'granted') return;
      const two = reserve(one.ledger, 'o1', [...first.filter((d) => !second.some((s) => s.node === d.node)), ...second]);
      if (two.kind !== 'granted') return;
      const now = two.ledger.reservations.o1!.allocations;
      for (const a of one.allocations) if (!second.some((d) => d.node === a.node)) expect(now).toContainEqual(a);
      expect({ ...two.ledger.reservations, o1: 0 }).toEqual({ ...one.ledger.reservations, o1: 0 });
    }), { numRuns: 300 });
  });

  test('who waits is granted once everything is given back; what is impossible stays so', () => {
    fc.assert(fc.property(ledgers, steps, orders, (ledger, list, wanted) => {
      const result = reserve(run(ledger, list), 'o1', wanted);
      const alone = reserve(ledger, 'o1', wanted);
      if (result.kind === 'waiting') expect(alone.kind).toBe('granted');
      if (result.kind === 'impossible') expect(alone).toEqual(result);
      if (result.kind === 'waiting') expect(result.reason).toMatch(/(needs|node [a-e]: ).*(held by|free|left|there|near)/);
      if (result.kind === 'impossible') expect(result.field).toMatch(/^nodes\.[a-e]/);
    }), { numRuns: 500 });
  });

  test('on one host it is granted whenever the sums allow it', () => {
    fc.assert(fc.property(orders, fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 4 }), (list, cpu, disks) => {
      const wanted = list.map((d) => ({ ...d, networks: [], customDisks: false, requiredHost: 'host1' }));
      const names = Array.from({ length: disks }, (_, i) => `disk${i + 1}`);
      const sum = (of: (d: Demand) => number) => wanted.reduce((total, d) => total + of(d), 0);
      const enough = Math.round(sum((d) => d.cpu) * 1000) <= cpu * 1000 && sum((d) => d.memMiB) <= 512 && sum((d) => d.disks.length) <= disks;
      expect(reserve(empty([host({ cpu, memMiB: 512, disks: names })]), 'o', wanted).kind).toBe(enough ? 'granted' : 'impossible');
    }));
  });
});

test('100,000 nodes of 1,000 owners leave a reservation quick', () => {
  const wide: NetworkPool[] = [{ name: 'admin', first: '10.0.0.1', last: '10.1.255.254' }];
  const capacity = { ...empty([host({ cpu: 20_000, memMiB: 10_000_000 })], wide).capacity };
  const nodes = Array.from({ length: 100 }, (_, i) => demand(`n${i}`, { cpu: 0.1 }));
  const address = (owner: number, node: number) => formatIpv4(parseIpv4('10.0.0.1')! + owner * 100 + node);
  const reservations = Object.fromEntries(Array.from({ length: 1_000 }, (_, owner) => [`cluster/${owner}`, {
    owner: `cluster/${owner}`,
    allocations: nodes.map(({ node, cpu, memMiB }, i) => ({ node, host: 'host1', cpu, memMiB, disks: [], networks: [{ device: 'eth0', network: 'admin', address: address(owner, i) }] })),
  }]));
  let ledger: Ledger = { capacity, reservations };
  ledger = granted(reserve(ledger, 'first', nodes)).ledger;
  const startedAt = performance.now();
  for (let i = 0; i < 10; i++) ledger = granted(reserve(ledger, `more/${i}`, nodes)).ledger;
  expect(performance.now() - startedAt).toBeLessThan(20_000);
  expect(usage(ledger).networks[0]!.addresses.used).toBe(101_100);
});
