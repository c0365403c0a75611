import fc from 'fast-check';
import type { Demand } from '../../model/compute';
import { newCompute, noteUnclaimed, viewCompute, type ComputeState } from '../../model/compute_state';
import { refuseBuiltIn, refuseConnector, refuseDefine, refuseRemove } from '../../model/define_compute';
import { settle } from '../../model/settle_compute';

const AT = '2026-01-01T00:00:00.000Z';
const demand = (node: string, cpu: number): Demand => ({ node, cpu, memMiB: 1, disks: [], customDisks: false, networks: [] });

function computeOf(cpu: number): ComputeState {
  const state = newCompute({ name: 'rack1', connector: 'process:' }, AT);
  state.capacity = { hosts: [{ name: 'h', cpu, memMiB: 1000, disks: [] }], networks: [{ name: 'admin', first: '127.77.0.1', last: '127.77.0.200' }], cpuOvercommit: 1, diskRoot: '/data' };
  return state;
}
const reserve = (state: ComputeState, owner: string, cpu: number, request = owner) =>
  state.inbox.push({ kind: 'reserve', owner, request, demands: [demand('a', cpu)] });
const release = (state: ComputeState, owner: string) => state.inbox.push({ kind: 'release', owner });

test('what does not fit now waits with its reason, and is granted when room is given back, oldest first', () => {
  const state = computeOf(2);
  reserve(state, 'one', 2);
  reserve(state, 'two', 2);
  reserve(state, 'three', 2);
  expect(settle(state).map((a) => [a.owner, a.message.result.kind])).toEqual([['one', 'granted'], ['two', 'waiting'], ['three', 'waiting']]);
  expect(viewCompute(state).waiting.map((w) => w.owner)).toEqual(['two', 'three']);
  release(state, 'one');
  expect(settle(state).map((a) => [a.owner, a.message.result.kind])).toContainEqual(['two', 'granted']);
  expect(viewCompute(state).waiting.map((w) => w.owner)).toEqual(['three']);
});

test('a repeated reserve is answered again and holds nothing twice', () => {
  const state = computeOf(2);
  reserve(state, 'one', 2, 'r1');
  const [first] = settle(state);
  reserve(state, 'one', 2, 'r2');
  const [again] = settle(state);
  expect(again!.message.result).toEqual(first!.message.result);
  expect(viewCompute(state).usage.hosts[0]!.cpu.used).toBe(2);
});

test('what can never fit is refused at once and does not wait', () => {
  const state = computeOf(2);
  reserve(state, 'one', 3);
  expect(settle(state)[0]!.message.result).toMatchObject({ kind: 'impossible', field: expect.stringContaining('cpu') });
  expect(viewCompute(state).waiting).toEqual([]);
});

test('an owner that released waits no more and holds nothing', () => {
  const state = computeOf(2);
  reserve(state, 'one', 2);
  reserve(state, 'two', 2);
  settle(state);
  release(state, 'two');
  release(state, 'one');
  release(state, 'one');
  settle(state);
  expect([viewCompute(state).reservations, viewCompute(state).waiting]).toEqual([[], []]);
});

test('whatever comes in whatever order: never over capacity, nobody both holds and waits, the inbox is empty after', () => {
  const message = fc.record({ kind: fc.constantFrom('reserve' as const, 'release' as const), owner: fc.constantFrom('a', 'b', 'c', 'd'), cpu: fc.integer({ min: 1, max: 5 }) });
  fc.assert(
    fc.property(fc.array(fc.array(message, { maxLength: 6 }), { maxLength: 6 }), (bursts) => {
      const state = computeOf(4);
      for (const burst of bursts) {
        for (const m of burst) if (m.kind === 'reserve') reserve(state, m.owner, m.cpu); else release(state, m.owner);
        settle(state);
        const view = viewCompute(state);
        expect(view.usage.hosts[0]!.cpu.used).toBeLessThanOrEqual(4);
        expect(state.inbox).toEqual([]);
        expect(new Set(view.waiting.map((w) => w.owner)).size).toBe(view.waiting.length);
      }
    }),
  );
});

describe('changes by users', () => {
  const OTHER = 'process:?net=127.99';

  test('a compute that nobody holds anything of takes another connector and may be removed', () => {
    expect([refuseDefine(computeOf(2), OTHER), refuseRemove(computeOf(2))]).toEqual([undefined, undefined]);
  });

  test('while anything is reserved neither is possible, and the refusal names who holds how much; the same connector changes nothing and is fine', () => {
    const state = computeOf(2);
    reserve(state, 'cluster/test/a/1/1', 1);
    settle(state);
    const refused = { status: 409, code: 'in_use', message: expect.stringContaining('cluster/test/a/1/1 (a: 1 cpu, 1 MiB)'), fix: expect.any(String) };
    expect([refuseDefine(state, OTHER), refuseRemove(state)]).toEqual([expect.objectContaining(refused), expect.objectContaining(refused)]);
    expect(refuseDefine(state, state.connector)).toBeUndefined();
    release(state, 'cluster/test/a/1/1');
    settle(state);
    expect([refuseDefine(state, OTHER), refuseRemove(state)]).toEqual([undefined, undefined]);
  });

  test('of many holders the message names three and says how many more; all are listed', () => {
    const state = computeOf(10);
    for (let i = 0; i < 7; i += 1) reserve(state, `agent/${i}`, 1);
    settle(state);
    const refused = refuseRemove(state)!;
    expect(refused.message).toMatch(/agent\/0 .*agent\/1 .*agent\/2 .* and 4 more$/);
    expect(refused.problems!.slice(1).map((p) => /agent\/\d/.exec(p.message)![0])).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => `agent/${i}`));
  });

  test('the built-in compute is neither changed nor removed', () => {
    const host = { ...computeOf(2), name: 'host' };
    for (const refused of [refuseBuiltIn('host'), refuseDefine(host, OTHER), refuseRemove(host)]) expect(refused).toMatchObject({ status: 409, code: 'built_in' });
    expect(refuseBuiltIn('hosts')).toBeUndefined();
  });

  test('one that was removed takes nothing any more, and says so to whoever still asks for room', () => {
    const state = computeOf(2);
    state.state = 'removed';
    reserve(state, 'late', 1);
    expect(settle(state)).toEqual([{ owner: 'late', message: { request: 'late', result: { kind: 'impossible', reason: 'it was removed', field: 'compute' } } }]);
    expect(viewCompute(state).reservations).toEqual([]);
    for (const refused of [refuseDefine(state, OTHER), refuseRemove(state)]) expect(refused).toMatchObject({ status: 409, code: 'removed' });
  });

  test.each([
    'process:', 'process:?net=127.98&cpu=2', 'ssh://ops@rack1:22', 'ssh://ops@rack1:22,ops@rack2:22', 'ssh://rack1:22,ops@rack2', 'ssh://[::1]:22', 'ssh://ops@[fe80::1]:22?key=/etc/grid/key',
    'docker:///var/run/docker.sock', 'https://localhost:7051/a:b@c', 'http://localhost:7051?at=a:b@c',
  ])('no password in it: taken (%s)', (connector) => expect(refuseConnector('rack1', connector)).toBeUndefined());

  test.each([
    'ssh://ops:hunter2@rack1', 'ssh://ops:22@rack1', 'ssh:ops:hunter2@rack1', 'https://u:hunter2@localhost:7051', 'ssh://ops@rack1:22,ops:hunter2@rack2:22', 'ssh://rack1:22,ops:hunter2@rack2',
    'ssh://ops:hunter2,x@rack1', 'SSH://ops:hunter2@rack1', 'ssh://:hunter2@rack1', 'ssh://rack1?password=hunter2', 'ssh://rack1?port=22&Passphrase=hunter2', 'http://rack1/?token=hunter2',
  ])('a password in it: refused, and not repeated (%s)', (connector) => {
    const refused = refuseConnector('rack1', connector);
    expect(refused).toMatchObject({ status: 400, code: 'secret_in_connector', field: 'connector', fix: expect.stringContaining('key file') });
    expect(JSON.stringify(refused)).not.toContain('hunter2');
  });

  test.each([undefined, null, 7, {}, '', 'rack1', '/var/run/docker.sock', '://x', 'process:\n'])('no URL: refused (%j)', (connector) => {
    expect(refuseConnector('rack1', connector)).toMatchObject({ status: 400, code: 'bad_connector' });
  });
});

describe('what machines have that nothing here knows', () => {
  const network = (address: string) => ({ device: 'eth0', network: 'admin', address });
  const unclaimed = (owner: string, node: string, address: string) => ({ owner, unclaimed: true as const, allocations: [{ node, host: 'h', cpu: 1, memMiB: 1, disks: [], networks: [network(address)] }] });
  const addressOf = (state: ComputeState, owner: string) => state.reservations[owner]!.allocations[0]!.networks[0]!.address;

  test('nobody else is given it, and its owner, when it comes, has just that', () => {
    const state = computeOf(3);
    noteUnclaimed(state, { found: [unclaimed('agent/4', 'machine', '127.77.0.1')], gone: [] });
    reserve(state, 'one', 1);
    settle(state);
    expect(addressOf(state, 'one')).toBe('127.77.0.2');
    state.inbox.push({ kind: 'reserve', owner: 'agent/4', request: 'r', demands: [demand('machine', 1)] });
    settle(state);
    expect(state.reservations['agent/4']).toEqual({ owner: 'agent/4', allocations: [expect.objectContaining({ networks: [network('127.77.0.1')] })] });
    expect(viewCompute(state).usage.hosts[0]!.cpu.used).toBe(2);
  });

  test('it is held as long as it is there, and what was asked for is not touched', () => {
    const state = computeOf(3);
    reserve(state, 'one', 1);
    settle(state);
    const before = state.reservations['one'];
    noteUnclaimed(state, { found: [unclaimed('one', 'a', '127.77.0.9'), unclaimed('cluster/x', 'a', '127.77.0.8')], gone: [] });
    expect(state.reservations['one']).toBe(before);
    noteUnclaimed(state, { found: [], gone: ['one', 'cluster/x'] });
    expect(Object.keys(state.reservations)).toEqual(['one']);
  });
});
