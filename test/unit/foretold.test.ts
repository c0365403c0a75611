import { newCluster, type ClusterState } from '../../model/cluster';
import { viewCluster } from '../../model/cluster_views';
import { countOf } from '../../model/command_plan';
import { foretell, type Seen } from '../../model/foretold';
import { problem } from '../../model/errors';
import { beginOperation, blockStep, endOperation, startAttempt, VERBS } from '../../model/lifecycle';
import { CLUSTER_OPERATIONS } from '../../model/cluster';
import { VERBS_OF } from '../../model/verbs';

const AT = '2026-01-01T00:00:00.000Z';
const node = (name: string) => ({ name, cpu: 0.1, memMiB: 16, disks: [], networks: [], roles: [], env: {} });
const cluster = (): ClusterState => newCluster(
  { user: 'u', product: 'p', version: '1', number: 1 },
  { options: {}, script: '', compute: 'host', spec: { nodes: [node('a'), node('b')], roles: [], dnsname: '' } } as never, AT,
);
const seen = (state: ClusterState): Seen => viewCluster(state);
function blocked(): ClusterState {
  const state = cluster();
  beginOperation(state, 'launch', CLUSTER_OPERATIONS.launch, AT);
  startAttempt(state, state.steps[2]!, undefined, AT);
  blockStep(state, state.steps[2]!, problem(409, 'script_failed', 'it broke', 'mend it'), AT);
  return state;
}

test('retry and skip say what becomes of the blocked step and what comes then', () => {
  const state = blocked();
  state.steps[0]!.state = state.steps[1]!.state = 'done';
  expect(foretell('retry', seen(state))).toEqual({ effects: [], also: ['configure is tried again, attempt 2', 'then await_ready'] });
  expect(foretell('skip', seen(state)).also).toEqual(['configure counts as done, whatever it lacks', 'then await_ready']);
});

test('pause lets what runs go on, resume begins the next', () => {
  const state = cluster();
  beginOperation(state, 'launch', CLUSTER_OPERATIONS.launch, AT);
  startAttempt(state, state.steps[0]!, undefined, AT);
  expect(foretell('pause', seen(state)).also).toEqual(['place goes on to its end', 'start_machines does not begin before resume']);
  expect(foretell('resume', seen(state)).also).toEqual(['start_machines begins without waiting for a person']);
});

test('repair of a cluster replaces what does not run or is not well, and nothing else', () => {
  const state = cluster();
  Object.assign(state.nodes[0]!, { status: 'failed' });
  Object.assign(state.nodes[1]!, { status: 'running' });
  expect(foretell('repair', seen(state)).effects.map(({ id, effect, reason }) => [id, effect, reason])).toEqual([['a', 'replace', 'it does not run: failed'], ['b', 'none', 'it is running']]);
  Object.assign(state.nodes[1]!, { unhealthy: 'no answer' });
  expect(foretell('repair', seen(state)).effects[1]).toMatchObject({ effect: 'replace', reason: 'it is not well: no answer' });
});

test('abort takes a cluster down only as long as it never was ready', () => {
  const state = blocked();
  expect(countOf(foretell('abort', seen(state)))).toBe('2 to be removed');
  endOperation(state, 'done', AT);
  beginOperation(state, 'scale', CLUSTER_OPERATIONS.scale, AT);
  expect(foretell('abort', seen(state))).toMatchObject({ effects: [], also: [expect.stringContaining('scale'), expect.any(String)] });
});

test('a service: repair begins what is not up again, abort goes back to what was installed, destroy takes all', () => {
  const service: Seen = {
    id: 'service/web', kind: 'service', steps: [], wish: { service: 'web' }, installed: null,
    instances: [{ instance: 0, agent: 3, up: true, leaving: false, reason: '' }, { instance: 1, agent: 4, up: false, leaving: false, reason: 'no port' }],
  };
  expect(foretell('repair', service).effects.map(({ id, effect, machine, reason }) => [id, effect, machine, reason])).toEqual([['instance/web/0', 'none', 'agent/3', 'it is up'], ['instance/web/1', 'restart', 'agent/4', 'no port']]);
  expect(countOf(foretell('destroy', service))).toBe('2 to be removed');
  expect(countOf(foretell('abort', service))).toBe('2 to be removed');
  expect(foretell('abort', { ...service, installed: { planned: 2, generation: 4 } })).toEqual({ effects: [], also: [expect.stringContaining('2 of generation 4')] });
});

test('an agent takes what is on it along', () => {
  const agent: Seen = { id: 'agent/3', kind: 'agent', steps: [], instances: [{ service: 'web', instance: 0 }] };
  expect(foretell('repair', agent).effects).toMatchObject([{ id: 'instance/web/0', effect: 'replace', machine: 'agent/3', machineEffect: 'replace' }]);
  expect(foretell('destroy', agent).effects).toMatchObject([{ effect: 'remove', machineEffect: 'remove' }]);
});

test.each(Object.entries(VERBS_OF).flatMap(([kind, verbs]) => verbs.map((verb) => [kind, verb] as const)))('%s: %s says something', (kind, verb) => {
  const blockedOne = seen(blocked());
  const { effects, also } = foretell(verb, { ...blockedOne, kind: kind as Seen['kind'], wish: { service: 'web' }, instances: [{ service: 'web', instance: 0 }], instance: 0 });
  expect(effects.length + also.length).toBeGreaterThan(0);
  expect(VERBS).toContain(verb);
});
