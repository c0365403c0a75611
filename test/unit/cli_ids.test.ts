import fc from 'fast-check';
import { Failure } from '../../cli/exit';
import { clusterIdOf, lifecycleIdOf, meansService, productOf, runnerIdOf, serviceOf, shortId, targetOf } from '../../cli/ids';
import { clusterDn, clusterId, kindOf, nodeDn } from '../../model/ids';

const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,12}$/);
const key = fc.record({ user: fc.oneof(fc.constant('test'), name), product: fc.oneof(name, fc.constantFrom('cluster', 'compute', 'clusters', 'product')), version: name, number: fc.integer({ min: 1, max: 10_000 }) });
const script = { CLUSTERDN: 'clusters/alice/reference/1.0.0/7' };

test('a cluster is found under its short id, its dn and its id, whatever its names are', () => {
  fc.assert(
    fc.property(key, (k) => {
      const id = clusterId(k);
      expect(lifecycleIdOf(shortId(id))).toBe(id);
      expect(clusterIdOf(shortId(id))).toBe(id);
      expect(clusterIdOf(clusterDn(k))).toBe(id);
      expect(lifecycleIdOf(id)).toBe(id);
    }),
  );
});

test('user test need not be written, another user must', () => {
  expect(shortId('cluster/test/reference/1.0.0/1')).toBe('reference/1.0.0/1');
  expect(shortId('cluster/alice/reference/1.0.0/1')).toBe('alice/reference/1.0.0/1');
  expect(clusterIdOf('reference/1.0.0/1')).toBe('cluster/test/reference/1.0.0/1');
  expect(clusterIdOf('/clusters/alice/reference/1.0.0/1')).toBe('cluster/alice/reference/1.0.0/1');
});

test('other lifecycles go by the id that Temporal shows, a product also by its name and version', () => {
  expect(lifecycleIdOf('compute/host')).toBe('compute/host');
  expect(lifecycleIdOf('product/reference/1.0.0')).toBe('product/reference/1.0.0');
  expect(lifecycleIdOf('reference/1.0.0')).toBe('product/reference/1.0.0');
  expect(shortId('compute/host')).toBe('compute/host');
});

test.each(['', 'reference', 'a/b/c', 'reference/1.0.0/0', 'reference/1.0.0/x', 'clusters/a/b', 'a/b/c/d/1'])('%p is refused as a cluster, with how to write one', (text) => {
  expect(() => clusterIdOf(text)).toThrow(Failure);
  try {
    clusterIdOf(text);
  } catch (error) {
    expect((error as Failure).detail).toMatchObject({ exit: 2, fix: expect.stringContaining('reference/1.0.0/1') });
  }
});

test('a node is meant by cluster and name, by one word, or by its dn', () => {
  fc.assert(
    fc.property(key, name, (k, node) => {
      const target = { cluster: clusterId(k), node };
      expect(targetOf([shortId(target.cluster), node], {})).toEqual(target);
      expect(targetOf([nodeDn(clusterDn(k), node)], {})).toEqual(target);
      fc.pre(kindOf(k.user) === undefined && k.user !== 'clusters' && node !== 'nodes');
      expect(targetOf([`${shortId(target.cluster)}/${node}`], {})).toEqual(target);
    }),
  );
});

test('one name is a machine, and within a script perhaps a node of its cluster', () => {
  expect(targetOf(['clusters--test--reference--1__0__0--1--example0-g1'], {})).toEqual({ machine: 'clusters--test--reference--1__0__0--1--example0-g1' });
  expect(targetOf(['example0'], script)).toEqual({ machine: 'example0', cluster: 'cluster/alice/reference/1.0.0/7' });
});

test.each([[[]], [['a/b']], [['reference/1.0.0']], [['a', 'b', 'c']]])('%j names no machine', (words) => {
  expect(() => targetOf(words, {})).toThrow(Failure);
});

test('a product is name and version', () => {
  expect(productOf('reference/1.0.0')).toEqual({ product: 'reference', version: '1.0.0' });
  expect(productOf('product/reference/1.0.0')).toEqual({ product: 'reference', version: '1.0.0' });
  expect(() => productOf('reference')).toThrow('is not a product');
});

test.each([
  ['webserver', 'service/webserver'], ['service/webserver', 'service/webserver'], ['http://localhost/services/webserver/', 'service/webserver'], ['services/webserver', 'service/webserver'],
  ['instance/webserver/0', 'instance/webserver/0'], ['/services/webserver/instances/0/', 'instance/webserver/0'], ['agent/3', 'agent/3'], ['https://grid.example/agents/3', 'agent/3'],
  ['services/deployment_planner', 'services/deployment_planner'], ['http://localhost/services/orchestrator/', 'services/deployment_planner'],
])('%s is the lifecycle %s', (text, id) => expect(lifecycleIdOf(text)).toBe(id));

test('services, and what has a machine, are told from clusters', () => {
  for (const text of ['webserver', 'service/webserver', '/services/webserver/']) expect([meansService(text), serviceOf(text)]).toEqual([true, 'webserver']);
  for (const text of ['reference/1.0.0/1', 'cluster/test/reference/1.0.0/1', '/clusters/a/b/c/1']) expect(meansService(text)).toBe(false);
  for (const text of ['a/b', 'agent/0', 'instance/web/0', '', 'a b', '/services/tasks/', 'orchestrator']) expect(() => serviceOf(text)).toThrow(Failure);
  expect(['agent/0', '/agents/0/', 'instance/web/0', 'http://localhost/services/web/instances/0/'].map(runnerIdOf)).toEqual(['agent/0', 'agent/0', 'instance/web/0', 'instance/web/0']);
  expect(['web', 'agent--0-g1', 'reference/1.0.0/1/example0', 'service/web'].map(runnerIdOf)).toEqual([undefined, undefined, undefined, undefined]);
});
