import fc from 'fast-check';
import { aheadOf, clocksOf, findingsOf, findingsWithoutTemporal, isWell, type Finding, type GridFacts } from '../../model/doctor';
import type { MemberView } from '../../model/members';

const member = (name: string, more: Partial<MemberView> = {}): MemberView =>
  ({ name, kind: name.startsWith('Api') ? 'api' : 'control', hostname: 'h1', process: 1, created: '', status: 'running', version: '0.1.0', queue: null, load: null, heardAt: '2026-01-01T00:00:00.000Z', ...more });

const room = { freeMiB: 50_000, totalMiB: 100_000 };
const host = { compute: 'host', host: null, problem: null, disk: room, aheadMs: 0 };
const well: GridFacts = {
  version: '0.1.0', server: '1.31.2', namespace: { name: 'servicegrid', retentionDays: 365, missingAttributes: [] }, controlWorker: true,
  members: [member('ApiWorker worker(0)'), member('ControlWorker worker(0)')], clocks: [{ whose: 'ApiWorker worker(0) on h1', aheadMs: 3 }], home: room, examined: [host],
  conditions: [], computes: 1, agents: 2, blocked: [],
};
/** What is not well. */
const found = (more: Partial<GridFacts>): Pick<Finding, 'check' | 'status' | 'seen'>[] => findingsOf({ ...well, ...more }).filter(({ status }) => status !== 'ok').map(({ check, status, seen }) => ({ check, status, seen }));

test('of a grid that is well every check says what it saw, and nothing is to be done', () => {
  const findings = findingsOf(well);
  expect(findings.map(({ check, status }) => [check, status])).toEqual(['temporal', 'namespace', 'worker', 'members', 'clocks', 'disks', 'computes', 'machines', 'agents', 'steps'].map((check) => [check, 'ok']));
  expect(findings.every(({ seen, fix }) => seen !== '' && fix === undefined)).toBe(true);
  expect(isWell(findings)).toBe(true);
});

test.each<[string, Partial<GridFacts>, string, Finding['status'], RegExp]>([
  ['an old server', { server: '1.29.1' }, 'temporal', 'warning', /1\.29\.1 is older/],
  ['a newer major is not old', { server: '2.0.0' }, 'none', 'ok', /./],
  ['a server without a version', { server: null }, 'temporal', 'warning', /does not say/],
  ['short retention', { namespace: { name: 'n', retentionDays: 1, missingAttributes: [] } }, 'namespace', 'warning', /for 1 day:/],
  ['a missing search attribute', { namespace: { name: 'n', retentionDays: 30, missingAttributes: ['GridChangedAt'] } }, 'namespace', 'failed', /GridChangedAt/],
  ['a namespace that is not told of', { namespace: null }, 'namespace', 'warning', /cannot be read/],
  ['no worker', { controlWorker: false }, 'worker', 'failed', /stands still/],
  ['a member that is silent', { members: [...well.members, member('ControlWorker worker(1)', { status: 'lost' })] }, 'members', 'warning', /worker\(1\) on h1 is silent since 2026/],
  ['a member of another version', { members: [...well.members, member('ControlWorker worker(1)', { version: '0.0.9' })] }, 'members', 'warning', /worker\(1\) on h1 0\.0\.9/],
  ['no API among the members', { members: [member('ControlWorker worker(0)')] }, 'members', 'warning', /kind api/],
  ['a clock that is fast', { clocks: [{ whose: 'ApiWorker worker(0) on h1', aheadMs: 8_000 }] }, 'clocks', 'warning', /h1 is 8 s fast/],
  ['a compute\'s clock that is very slow', { examined: [{ ...host, aheadMs: -400_000 }] }, 'clocks', 'failed', /compute host is 400 s slow/],
  ['a disk that fills', { home: { freeMiB: 900, totalMiB: 100_000 } }, 'disks', 'warning', /home of the API: 900 of 100000/],
  ['a disk that is full', { examined: [{ ...host, compute: 'rack', host: 'h2', disk: { freeMiB: 40, totalMiB: 100_000 } }] }, 'disks', 'failed', /host h2 of compute rack: 40 of/],
  ['a small part of a large disk is enough', { home: { freeMiB: 40_000, totalMiB: 4_000_000 } }, 'none', 'ok', /./],
  ['a driver that does not answer', { examined: [{ ...host, problem: { status: 503, code: 'engine_unreachable', error: '', message: 'the engine does not answer', fix: 'Start it.' }, disk: null, aheadMs: null }] }, 'computes', 'failed', /compute host: the engine does not answer/],
  ['a compute that says so itself', { conditions: [{ id: 'compute/far', type: 'Unreachable', message: 'nothing listens there' }] }, 'computes', 'failed', /compute\/far: nothing listens/],
  ['drivers that nobody can ask', { examined: null }, 'computes', 'warning', /cannot be asked/],
  ['machines of nobody', { conditions: [{ id: 'compute/host', type: 'Unclaimed', message: 'machines here are of agent/9' }] }, 'machines', 'warning', /agent\/9/],
  ['an agent that is silent', { conditions: [{ id: 'agent/3', type: 'Unreachable', message: 'agent 3 is silent for 30000 ms' }] }, 'agents', 'failed', /agent\/3: agent 3 is silent/],
  ['a step that is blocked', { blocked: [{ id: 'cluster/test/p/1/1', step: 'configure', reason: 'there is no licence', fix: 'Get one.' }] }, 'steps', 'failed', /blocked at configure: there is no licence/],
])('%s', (_what, more, check, status, seen) => {
  expect(found(more)).toEqual(status === 'ok' ? [] : [{ check, status, seen: expect.stringMatching(seen) }]);
});

test('whatever is seen, what is not well has a fix, and every check that was made says something', () => {
  const conditions = fc.array(fc.record({ id: fc.constantFrom('compute/a', 'agent/1', 'agent/2'), type: fc.constantFrom('Unreachable', 'Unclaimed', 'Paused'), message: fc.string() }), { maxLength: 4 });
  const disk = fc.option(fc.record({ freeMiB: fc.nat(), totalMiB: fc.nat() }));
  fc.assert(fc.property(conditions, disk, fc.boolean(), fc.option(fc.constantFrom('1.31.0', '1.30', 'x', '')), fc.integer(), (said, home, controlWorker, server, aheadMs) => {
    const findings = findingsOf({ ...well, conditions: said, home, controlWorker, server, clocks: [{ whose: 'x', aheadMs }] });
    expect(new Set(findings.map(({ check }) => check)).size).toBe(10);
    for (const { status, fix, seen } of findings) expect([status, fix === undefined, seen === '']).toEqual([status, status === 'ok', false]);
  }));
});

test('without Temporal it says so, and looks at what is left', () => {
  expect(findingsWithoutTemporal(room).map(({ check, status }) => [check, status])).toEqual([['temporal', 'failed'], ['disks', 'ok']]);
});

test('a clock is wrong only beyond what the question itself took', () => {
  expect([aheadOf(1_500, 1_000, 2_000), aheadOf(9_000, 1_000, 2_000), aheadOf(400, 1_000, 2_000)]).toEqual([0, 7_000, -600]);
  expect(clocksOf({ clocks: [], examined: null })).toEqual([{ check: 'clocks', status: 'ok', seen: 'no other clock is known' }]);
});
