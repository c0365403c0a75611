import fc from 'fast-check';
import { differenceOf, lostNodes, mayRepairItself, newCluster, nextGeneration } from '../../model/cluster';
import { statusWord, viewCluster, viewNode } from '../../model/cluster_views';
import { clusterDn, dnFrom, idFrom, machineId, parseClusterId } from '../../model/ids';
import type { ClusterSpec, NodeSpec } from '../../model/node';

const AT = '2026-01-01T00:00:00.000Z';
const KEY = { user: 'test', product: 'reference', version: '1.0.0', number: 99 };
const node = (name: string, more: Partial<NodeSpec> = {}): NodeSpec => ({
  name, env: {}, cpu: 0.1, memMiB: 64, disks: [], customDisks: false,
  networks: [{ device: 'eth0', network: 'admin' }], checkPorts: [], tags: [], roles: [], ...more,
});
const spec = (nodes: NodeSpec[]): ClusterSpec => ({ dnsname: 'x', nodes, roles: [], onNodeLoss: 'wait', scriptTimeoutMs: 1000, scriptAttempts: 1 });
const clusterOf = (nodes: NodeSpec[]) => newCluster(KEY, { options: {}, spec: spec(nodes), script: '', compute: 'host' }, AT);

test('CT11: a dn and its id lead to each other, and a cluster is found in its id', () => {
  expect(idFrom('clusters/test/reference/1.0.0/99')).toBe('clusters--test--reference--1__0__0--99');
  expect(dnFrom(idFrom(clusterDn(KEY)))).toBe(clusterDn(KEY));
  expect(parseClusterId('cluster/test/reference/1.0.0/99')).toEqual(KEY);
  expect(parseClusterId('cluster/test/reference/1.0.0/0')).toBeUndefined();
});

test('a node of the next generation is another machine in the same place', () => {
  const state = clusterOf([node('a')]);
  const first = { ...state.nodes[0]!, host: 'h' };
  const second = nextGeneration(KEY, first);
  expect(second).toMatchObject({ generation: 2, host: 'h', machine: machineId(KEY, 'a', 2), status: 'pending' });
  expect(second.machine).not.toBe(first.machine);
});

test('P-15: a node without a place is listed with host and addresses _', () => {
  const state = clusterOf([node('a')]);
  expect(viewNode(state, state.nodes[0]!)).toMatchObject({ host: '_', address: '_', networks: [{ name: 'admin', address: '_' }], disks: [] });
});

test('the façade says "error during configuration" only while the configuration is blocked', () => {
  expect(statusWord('configuring', 'configure', true)).toBe('error during configuration');
  expect(statusWord('configuring', 'configure', false)).toBe('configuring');
  expect(statusWord('scheduling', 'place', true)).toBe('scheduling');
});

test('a cluster document carries nothing that is only the workflow\'s', () => {
  expect(Object.keys(viewCluster(clusterOf([node('a')])))).not.toEqual(expect.arrayContaining(['seen']));
  expect(viewCluster(clusterOf([node('a')]))).not.toHaveProperty('order');
});

const nodes = fc.uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), cpu: fc.constantFrom(1, 2) }), { selector: (n) => n.name })
  .map((list) => list.map(({ name, cpu }) => node(name, { cpu })));

test('a scale touches exactly the difference: nothing where nothing differs, and every node is counted once', () => {
  fc.assert(
    fc.property(nodes, nodes, (before, after) => {
      const d = differenceOf(before, after);
      expect([...d.added, ...d.changed].map((n) => n.name).concat(d.kept).sort()).toEqual(after.map((n) => n.name).sort());
      expect(d.removed.every((name) => !after.some((n) => n.name === name))).toBe(true);
      expect(differenceOf(after, after)).toEqual({ added: [], changed: [], removed: [], kept: after.map((n) => n.name) });
    }),
  );
});

test('a node is not touched when its roles alone differ, or where it might also have gone', () => {
  expect(differenceOf([node('a')], [node('a', { roles: ['x'] })]).changed).toEqual([]);
  expect(differenceOf([node('a')], [node('a', { placement: 'spread' })]).changed).toEqual([]);
  expect(differenceOf([node('a')], [node('a', { apart: ['x'] })]).changed).toHaveLength(1);
});

test('a product that repairs itself does so three times in ten minutes, then leaves it to a person', () => {
  const state = clusterOf([node('a')]);
  state.order.spec.onNodeLoss = 'repair';
  state.nodes[0]!.status = 'failed';
  expect(lostNodes(state)).toHaveLength(1);
  expect(mayRepairItself(state, AT)).toBe(true);
  state.repairs = [AT, AT, AT];
  expect(mayRepairItself(state, '2026-01-01T00:09:00.000Z')).toBe(false);
  expect(mayRepairItself(state, '2026-01-01T00:11:00.000Z')).toBe(true);
  expect(mayRepairItself({ ...state, paused: true }, '2026-01-01T00:11:00.000Z')).toBe(false);
});
