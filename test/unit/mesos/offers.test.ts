import fc from 'fast-check';
import type { Allocation, Demand } from '../../../model/compute';
import { decide, type Waiting } from '../../../model/mesos/decide';
import { keepFor, match } from '../../../model/mesos/match';
import { amount, carve, disksOf, hostsOffered, portsOf, readOffer, type HeldOffer, type OfferedHost } from '../../../model/mesos/offered';
import type { Offer, Resource } from '../../../model/mesos/protocol';
import { has } from '../../../model/mesos/ranges';
import { noRefusals, noteRefusal, sayRefusals } from '../../../model/mesos/refusals';
import { demand } from '../../support/placing';
import { ofKind, readTrace } from '../../mesos/support/traces';

const scalar = (name: string, value: number, role = '*'): Resource => ({ name, type: 'SCALAR', scalar: { value }, role });
const ports = (begin: number, end: number): Resource => ({ name: 'ports', type: 'RANGES', ranges: { range: [{ begin, end }] }, role: '*' });
const disks = (...item: string[]): Resource => ({ name: 'disks', type: 'SET', set: { item }, role: '*' });

let count = 0;
const offer = (host: string, more: Partial<HeldOffer> = {}): HeldOffer => ({
  id: `O${(count += 1)}`, agent: `agent of ${host}`, host, address: '10.0.0.1', port: 5051, role: '*', attributes: [], since: 0,
  resources: [ports(31_000, 31_009), scalar('cpus', 4), scalar('mem', 1_000)], ...more,
});
const on = (offers: HeldOffer[], wanted: Demand[], known = new Map(), mine: Allocation[] = []) => match(hostsOffered(offers), mine, wanted, known);
const hostsOf = (found: ReturnType<typeof on>) => (found.kind === 'placed' ? Object.fromEntries(found.places.map(({ node, host }) => [node, host])) : found.reason);

describe('what a node asks', () => {
  test('offers of a real master are read: pieces of one agent together, under each role for itself', () => {
    const recorded = ofKind(readTrace('15-two-agents').entries, 'event').find(({ event }) => event.type === 'OFFERS')!.event.offers.offers as Offer[];
    const hosts = hostsOffered(recorded.map((one) => readOffer(one, 0)));
    expect(hosts.map(({ host, role, tags }) => [host, role, tags])).toEqual([
      ['127.0.0.1', 'web', []], ['node-b.test', '*', ['rack', 'rack.r2', 'zone', 'zone.b', 'level', 'level.10', 'rng']],
    ]);
    expect([amount(hosts[1]!.resources, 'cpus'), portsOf(hosts[1]!.resources)]).toEqual([1, [{ begin: 32_000, end: 32_009 }, { begin: 32_020, end: 32_029 }]]);
    const [first, second] = ['18-misc'].flatMap((name) => ofKind(readTrace(name).entries, 'event').filter(({ event }) => event.type === 'OFFERS')).slice(-3, -1).map(({ event }) => event.offers.offers[0] as Offer);
    expect(amount(hostsOffered([readOffer(first!, 0), readOffer(second!, 0)])[0]!.resources, 'cpus')).toBe(2);
  });

  test('cpu, memory, the host by name, and what its agent says of itself', () => {
    const offers = [offer('a'), offer('b', { attributes: [{ name: 'rack', type: 'TEXT', text: { value: 'r2' } }] })];
    expect(hostsOf(on(offers, [demand('n', { cpu: 5 })]))).toBe('n: a, b: cpu 5 of 4 left');
    expect(hostsOf(on(offers, [demand('n', { requiredHost: 'b' })]))).toEqual({ n: 'b' });
    expect(hostsOf(on(offers, [demand('n', { hostTags: ['rack.r2'] })]))).toEqual({ n: 'b' });
    expect(hostsOf(on(offers, [demand('n', { hostTags: ['ssd'] })]))).toBe('n: a, b: tag ssd missing');
    expect(hostsOf(on([], [demand('n')]))).toBe('n: nothing is offered');
  });

  test('disks by number or name: those that the agent names, else directories that no node of ours has', () => {
    const offers = [offer('a', { resources: [scalar('cpus', 4), scalar('mem', 1_000), disks('disk3', 'disk7')] })];
    const named = on(offers, [demand('n', { disks: ['disk7'], customDisks: true }), demand('m', { disks: ['x'] })]);
    expect(named.kind === 'placed' && named.places.map((place) => [place.disks, place.resources.filter(({ name }) => name === 'disks')])).toEqual([
      [['disk7'], [disks('disk7')]], [['disk3'], [disks('disk3')]],
    ]);
    expect(hostsOf(on(offers, [demand('n', { disks: ['disk1'], customDisks: true })]))).toBe('n: a: disk1 not free');
    const taken = new Map([['a', { takenDisks: ['disk1'] }]]);
    const plain = on([offer('a')], [demand('n', { disks: ['x', 'y'] })], taken);
    expect(plain.kind === 'placed' && [plain.places[0]!.disks, plain.places[0]!.resources.map(({ name }) => name)]).toEqual([['disk2', 'disk3'], ['cpus', 'mem']]);
  });

  test('a port that Mesos gives out is claimed; of one that it does not, a host has one for us', () => {
    const claimed = on([offer('a')], [demand('n', { ports: [31_004] })]);
    expect(claimed.kind === 'placed' && claimed.places[0]!.resources.find(({ name }) => name === 'ports')).toEqual({ ...ports(31_004, 31_004) });
    const redis = [demand('r0', { ports: [6_379] }), demand('r1', { ports: [6_379] })];
    expect(hostsOf(on([offer('a'), offer('b')], redis))).toEqual({ r0: 'a', r1: 'b' });
    expect(hostsOf(on([offer('a')], redis))).toBe('r1: a: port 6379 (r0 is there)');
    expect(hostsOf(on([offer('a')], [redis[0]!], new Map([['a', { takenPorts: [6_379] }]])))).toBe('r0: a: port 6379 not free');
    const known = new Map([['a', { ports: [{ begin: 31_000, end: 32_000 }] }]]);
    expect(hostsOf(on([offer('a')], [demand('n', { ports: [31_500] })], known))).toBe('n: a: port 31500 not free');
  });

  test('what is reserved for our role is used first, and what another role has not at all', () => {
    const { claim, left } = carve([scalar('cpus', 2), scalar('cpus', 0.5, 'web'), scalar('mem', 10)], { cpu: 1, memMiB: 10, disks: [], ports: [] })!;
    expect(claim.filter(({ name }) => name === 'cpus')).toEqual([scalar('cpus', 0.5, 'web'), scalar('cpus', 0.5)]);
    expect(left).toEqual([scalar('cpus', 1.5)]);
    const both = [offer('a', { role: 'web', resources: [scalar('cpus', 1), scalar('mem', 500)] }), offer('a', { role: 'batch', resources: [scalar('cpus', 3), scalar('mem', 500)] })];
    const found = on(both, [demand('n', { cpu: 3 })]);
    expect(found.kind === 'placed' && found.places[0]!.role).toBe('batch');
    expect(hostsOf(on(both, [demand('n', { cpu: 4 })]))).toContain('cpu 4 of 3 left');
  });

  test('reasons are counted', () => {
    const seen = ['a', 'b', 'b'].reduce((refusals, reason) => noteRefusal(refusals, 2, reason), noRefusals());
    expect(sayRefusals(seen)).toBe('6 offers seen; b (2 times)');
    const many = Array.from({ length: 100 }, (_, i) => `reason ${i}`).reduce((refusals, reason) => noteRefusal(refusals, 1, reason), noRefusals());
    expect(Object.keys(many.reasons).length).toBeLessThanOrEqual(20);
    expect(sayRefusals(many)).toBe('100 offers seen; reason 99');
  });
});

describe('who gets what', () => {
  const order = (owner: string, ...demands: Demand[]): Waiting => ({ owner, demands, mine: [] });
  const nodes = (owner: string, number: number, cpu: number) => order(owner, ...Array.from({ length: number }, (_, i) => demand(`${owner}${i}`, { cpu })));
  const limits = { holdMs: 1_000 };
  const run = (waiting: Waiting[], offers: HeldOffer[], now = 0) => decide(waiting, offers, new Map(), now, limits);

  test('two that each need more than half: the older has all of it, the younger nothing', () => {
    const offers = [offer('a'), offer('b'), offer('c')];
    const decision = run([nodes('old', 2, 4), nodes('young', 2, 4)], offers);
    expect(decision.placed.map(({ owner }) => owner)).toEqual(['old']);
    expect(decision.waits).toEqual([{ owner: 'young', reason: expect.stringContaining('young'), done: 1 }]);
    const early = run([nodes('old', 3, 4), nodes('young', 2, 4)], offers.slice(0, 2));
    expect(early.placed).toEqual([]);
    expect(early.hold).toHaveLength(2);
  });

  test('one that waits keeps what it could use; a smaller one passes with what it could not', () => {
    const decision = run([nodes('old', 2, 4), nodes('small', 1, 0.5)], [offer('a'), offer('b', { resources: [scalar('cpus', 1), scalar('mem', 1_000)] })]);
    expect(decision.placed.map(({ owner, places }) => [owner, places[0]!.host])).toEqual([['small', 'b']]);
    expect(decision.hold).toHaveLength(1);
  });

  test('what belongs together is spread, also over what was given a moment ago and nobody has written down', () => {
    const one = (owner: string): Waiting => order(owner, demand('machine', { group: 'service/web', tags: ['instance'], placement: 'spread' }));
    const hosts = (waiting: Waiting[], granted = {}) => decide(waiting, [offer('a'), offer('b')], new Map(), 0, limits, granted).placed.flatMap(({ places }) => places.map(({ host }) => host));
    const [first] = hosts([one('agent/0')]);
    const allocation = { ...demand('machine', { group: 'service/web', tags: ['instance'] }), host: first!, networks: [] };
    expect(hosts([one('agent/1')], { 'agent/0': { owner: 'agent/0', allocations: [allocation] } })).not.toEqual([first]);
  });

  test('what nobody can use is declined, and what was held for too long; when nobody waits, all of it', () => {
    const offers = [offer('a'), offer('b', { resources: [scalar('cpus', 0.1), scalar('mem', 1_000)] })];
    const early = run([nodes('old', 2, 4)], offers);
    expect([early.hold, early.decline]).toEqual([[offers[0]!.id], [offers[1]!.id]]);
    expect(run([nodes('old', 2, 4)], offers, 1_000).decline).toEqual(offers.map(({ id }) => id));
    expect(run([], offers)).toMatchObject({ idle: true, decline: offers.map(({ id }) => id) });
  });

  const someOffers = fc.array(fc.record({
    host: fc.constantFrom('a', 'b', 'c', 'd'), role: fc.constantFrom('*', 'web'), cpu: fc.integer({ min: 1, max: 8 }), mem: fc.constantFrom(100, 200, 400), names: fc.subarray(['disk1', 'disk2', 'disk3']),
    begin: fc.constantFrom(31_000, 31_005), reserved: fc.boolean(),
  }), { maxLength: 6 }).map((list) => list.map(({ host, role, cpu, mem, names, begin, reserved }, i) => {
    // What is one thing is in one offer at a time: a disk, and a port, of an agent.
    const before = list.slice(0, i).filter((one) => one.host === host);
    const free = names.filter((name) => !before.some((one) => one.names.includes(name)));
    const isFree = !before.some((one) => one.begin === begin);
    return offer(host, { role, resources: [...(isFree ? [ports(begin, begin + 4)] : []), scalar('cpus', cpu / 2, reserved ? role : '*'), scalar('mem', mem), ...(free.length > 0 ? [disks(...free)] : [])] });
  }));
  const someNode = fc.record({
    cpu: fc.constantFrom(0.5, 1, 2), memMiB: fc.constantFrom(50, 100), disks: fc.subarray(['disk1', 'disk2']), customDisks: fc.boolean(), ports: fc.subarray([31_000, 31_007, 6_379]),
    tags: fc.subarray(['x', 'y']), apart: fc.subarray(['x', 'y'], { maxLength: 1 }), requiredHost: fc.constantFrom(undefined, undefined, 'a'),
  });
  const someOrders = fc.array(fc.array(someNode, { minLength: 1, maxLength: 4 }), { maxLength: 4 }).map((list) => list.map((all, i) => order(`o${i}`, ...all.map((one, n) => JSON.parse(JSON.stringify({ ...demand(`o${i}n${n}`), ...one })) as Demand))));

  test('all or nothing; nothing is claimed twice or beyond what its agent offers under one role', () => {
    fc.assert(fc.property(someOrders, someOffers, (waiting, offers) => {
      const { placed, accept, waits } = run(waiting, offers);
      expect([...placed.map(({ owner }) => owner), ...waits.map(({ owner }) => owner)].sort()).toEqual(waiting.map(({ owner }) => owner).sort());
      for (const { owner, places } of placed) expect(places.map(({ node }) => node)).toEqual(waiting.find((one) => one.owner === owner)!.demands.map(({ node }) => node));
      const all = placed.flatMap(({ places }) => places);
      for (const { agent, role, offers: ids } of accept) {
        const offered = offers.filter(({ id }) => ids.includes(id));
        expect(offered.every((one) => one.agent === agent && one.role === role)).toBe(true);
        const claims = all.filter((place) => place.agent === agent && place.role === role);
        const resources = offered.flatMap((one) => one.resources);
        for (const name of ['cpus', 'mem']) {
          for (const reserved of ['*', role]) {
            const of = (list: Resource[]) => amount(list.filter((one) => one.role === reserved), name);
            expect(of(claims.flatMap((place) => place.resources))).toBeLessThanOrEqual(of(resources) + 1e-9);
          }
        }
        const taken = claims.flatMap((place) => place.resources.flatMap((one) => (one.type === 'RANGES' ? one.ranges.range.flatMap(({ begin, end }) => Array.from({ length: end - begin + 1 }, (_, i) => begin + i)) : [])));
        expect(new Set(taken).size).toBe(taken.length);
        expect(taken.every((port) => has(portsOf(resources), port))).toBe(true);
        const names = claims.flatMap(({ disks: list }) => list);
        expect(new Set(names).size).toBe(names.length);
        if (disksOf(resources).length > 0) expect(names.every((name) => disksOf(resources).includes(name))).toBe(true);
      }
      expect(all.every((place) => accept.some(({ agent, role }) => agent === place.agent && role === place.role))).toBe(true);
    }), { numRuns: 150 });
  });

  test('each offer is accepted, declined or held, and is one of these', () => {
    fc.assert(fc.property(someOrders, someOffers, (waiting, offers) => {
      const { accept, decline, hold, idle } = run(waiting, offers);
      expect([...accept.flatMap(({ offers: ids }) => ids), ...decline, ...hold].sort()).toEqual(offers.map(({ id }) => id).sort());
      if (idle) expect(hold).toEqual([]);
    }), { numRuns: 100 });
  });

  test('the oldest gets what it would get alone, whoever waits behind it', () => {
    fc.assert(fc.property(someOrders.filter((list) => list.length > 0), someOffers, (waiting, offers) => {
      const [first] = waiting;
      const alone = run([first!], offers);
      const together = run(waiting, offers);
      expect(together.placed.find(({ owner }) => owner === first!.owner)).toEqual(alone.placed[0]);
    }), { numRuns: 100 });
  });

  test('those that pass take nothing that the oldest could use as things are', () => {
    const cpus = (hosts: readonly { resources: Resource[] }[]) => hosts.reduce((sum, { resources }) => sum + amount(resources, 'cpus'), 0);
    const used = (hosts: readonly OfferedHost[], { demands }: Waiting) => Math.round((cpus(hosts) - cpus(keepFor(hosts, [], demands).left)) * 1_000);
    fc.assert(fc.property(someOrders.filter((list) => list.length > 1), someOffers, (waiting, offers) => {
      const [first, ...others] = waiting as [Waiting, ...Waiting[]];
      const hosts = hostsOffered(offers);
      const { placed, waits } = run([first, ...others], offers);
      if (waits[0]?.owner !== first.owner) return;
      const left = placed.flatMap(({ places, owner }) => places.map((place) => ({ place, wanted: others.find((one) => one.owner === owner)!.demands.find(({ node }) => node === place.node)! }))).reduce<OfferedHost[]>((now, { place, wanted }) => now.map((host) => {
        if (host.host !== place.host) return host;
        const ports = place.resources.flatMap((one) => (one.type === 'RANGES' ? (wanted.ports ?? []).filter((port) => has(one.ranges.range, port)) : []));
        return { ...host, resources: carve(host.resources, { cpu: wanted.cpu, memMiB: wanted.memMiB, disks: host.named ? place.disks : [], ports })!.left };
      }), hosts);
      expect(used(left, first)).toBe(used(hosts, first));
    }), { numRuns: 150 });
  });

  test('the same offers always give the same answer', () => {
    fc.assert(fc.property(someOrders, someOffers, (waiting, offers) => {
      expect(run(waiting, offers)).toEqual(run(waiting, offers));
    }), { numRuns: 50 });
  });
});
