import fc from 'fast-check';
import type { Demand } from '../../model/compute';
import { newCompute, settle, viewCompute, type ComputeState } from '../../model/compute_state';

const AT = '2026-01-01T00:00:00.000Z';
const demand = (node: string, cpu: number): Demand => ({ node, cpu, memMiB: 1, disks: [], customDisks: false, networks: [] });

function computeOf(cpu: number): ComputeState {
  const state = newCompute({ name: 'host', connector: 'process:' }, AT);
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
