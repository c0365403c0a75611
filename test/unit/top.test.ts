import fc from 'fast-check';
import { GROUPINGS, ranked, usesOf, type Use } from '../../model/top';

const allocation = (cpu: number, memMiB: number) => ({ node: 'n', host: 'h', cpu, memMiB, disks: [], networks: [] });
const computes = [
  { name: 'host', reservations: [{ owner: 'cluster/alice/p/1/1', allocations: [allocation(0.1, 64), allocation(0.2, 64)] }, { owner: 'agent/0', allocations: [allocation(0.5, 128)] }, { owner: 'agent/1', allocations: [allocation(0.5, 128)] }] },
  { name: 'rack', reservations: [{ owner: 'agent/2', allocations: [allocation(1, 256)] }, { owner: 'cluster/alice/p/1/2', allocations: [allocation(4, 32)] }] },
];
const agents = new Map([
  ['agent/0', { services: ['web'], usedCpu: 0.25, usedMemMiB: 30 }], ['agent/1', { services: ['web'], usedCpu: null, usedMemMiB: null }], ['agent/2', { services: [], usedCpu: null, usedMemMiB: null }],
]);
const uses = usesOf(computes, agents);

test('instances of one service on one compute are one line, the largest first; what is not measured is not zero', () => {
  expect(ranked(uses, 'who')).toEqual([
    { who: 'cluster/alice/p/1/2', owner: 'alice', compute: 'rack', machines: 1, cpu: 4, memMiB: 32, usedCpu: null, usedMemMiB: null },
    { who: 'service/web', owner: '', compute: 'host', machines: 2, cpu: 1, memMiB: 256, usedCpu: 0.25, usedMemMiB: 30 },
    { who: 'agent/2', owner: '', compute: 'rack', machines: 1, cpu: 1, memMiB: 256, usedCpu: null, usedMemMiB: null },
    { who: 'cluster/alice/p/1/1', owner: 'alice', compute: 'host', machines: 2, cpu: 0.3, memMiB: 128, usedCpu: null, usedMemMiB: null },
  ]);
});

test('by owner and by compute', () => {
  expect(ranked(uses, 'owner').map(({ owner, machines, cpu }) => [owner, machines, cpu])).toEqual([['alice', 3, 4.3], ['', 3, 2]]);
  expect(ranked(uses, 'compute').map(({ compute, machines, memMiB }) => [compute, machines, memMiB])).toEqual([['rack', 2, 288], ['host', 4, 384]]);
});

test('however it is grouped, nothing is lost and nothing is counted twice', () => {
  const use = fc.record<Use>({
    who: fc.constantFrom('a', 'b', 'c'), owner: fc.constantFrom('', 'x', 'y'), compute: fc.constantFrom('k', 'l'), machines: fc.nat(9), cpu: fc.nat(99), memMiB: fc.nat(999),
    usedCpu: fc.option(fc.nat(9)), usedMemMiB: fc.option(fc.nat(9)),
  });
  fc.assert(fc.property(fc.array(use, { maxLength: 12 }), fc.constantFrom(...GROUPINGS), (all, by) => {
    const lines = ranked(all, by);
    for (const key of ['machines', 'cpu', 'memMiB', 'usedCpu', 'usedMemMiB'] as const) expect(lines.reduce((n, one) => n + (one[key] ?? 0), 0)).toBe(all.reduce((n, one) => n + (one[key] ?? 0), 0));
    expect(lines.map(({ cpu }) => cpu)).toEqual(lines.map(({ cpu }) => cpu).sort((a, b) => b - a));
  }), { numRuns: 50 });
});
