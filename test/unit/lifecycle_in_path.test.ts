import { lifecycleInPath } from '../../model/lifecycle_in_path';

test.each([
  ['/api/v1/lifecycles/cluster/test/reference/1.0.0/1', 'cluster/test/reference/1.0.0/1'],
  ['/api/v1/lifecycles/cluster/test/reference/1.0.0/1/retry', 'cluster/test/reference/1.0.0/1'],
  ['/api/v1/lifecycles/agent/0/events', 'agent/0'],
  ['/api/v1/lifecycles/cluster/test/reference/1.0.0/1/roles/web', 'cluster/test/reference/1.0.0/1'],
  ['/api/v1/lifecycles/services/deployment_planner', 'services/deployment_planner'],
  ['/api/v1/computes/host/drain', 'compute/host'],
  ['/api/v1/webhooks/chat', 'webhook/chat'],
  ['/bigdata/api/v1/clusters/test/reference/1.0.0/12/nodes', 'cluster/test/reference/1.0.0/12'],
  [`/bigdata/api/v1/queue/${'0'.repeat(32)}`, `launch/${'0'.repeat(32)}`],
])('%s is about %s', (path, lifecycle) => {
  expect(lifecycleInPath(path)).toBe(lifecycle);
});

test.each(['/', '/api/v1/lifecycles', '/api/v1/lifecycles/', '/api/v1/lifecycles/nothing/at/all', '/bigdata/api/v1/clusters/test/reference', '/api/v1/computes', '/api/v1/machines/x'])('%s is about no one lifecycle', (path) => {
  expect(lifecycleInPath(path)).toBeUndefined();
});
