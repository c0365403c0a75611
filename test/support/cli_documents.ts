import type { Shown, Summary } from '../../cli/wire';
import { CLUSTER_OPERATIONS, newCluster, type ClusterState } from '../../model/cluster';
import { viewCluster, viewSummaryDetail } from '../../model/cluster_views';
import { problem } from '../../model/errors';
import { clusterDn } from '../../model/ids';
import { beginOperation, blockStep, endOperation, endStep, setCondition, startAttempt, stepNamed } from '../../model/lifecycle';
import type { NodeSpec } from '../../model/node';
import { summarise } from '../../model/summary';
import { allowedVerbs } from '../../model/verbs';

/** Documents as the API answers them, made by the model's own functions, so that they cannot drift from it. */

export const T0 = Date.parse('2026-11-21T12:00:00.000Z');
export const at = (seconds: number): string => new Date(T0 + seconds * 1000).toISOString();

const node = (name: string): NodeSpec => ({
  name, env: {}, cpu: 0.1, memMiB: 64, disks: [], customDisks: false, networks: [{ device: 'eth0', network: 'admin' }], checkPorts: [], tags: [], roles: ['service1'],
});

export function newReference(size = 2, number = 1): ClusterState {
  const nodes = Array.from({ length: size }, (_, i) => node(`example${i}`));
  const spec = { dnsname: 'reference-1.test', nodes, roles: [{ name: 'service1', nodes: nodes.map((n) => n.name), properties: { heap: 512 } }], onNodeLoss: 'wait' as const, scriptTimeoutMs: 600_000, scriptAttempts: 1 };
  const key = { user: 'test', product: 'reference', version: '1.0.0', number };
  const state = newCluster(key, { options: { size }, spec, script: '', compute: 'host' }, at(0));
  beginOperation(state, 'launch', CLUSTER_OPERATIONS.launch, at(0));
  return state;
}

const SECONDS: Record<string, [number, number]> = { place: [0, 0.1], start_machines: [0.1, 1.4], configure: [1.4, 2.5], await_ready: [2.5, 2.6] };

export function start(state: ClusterState, name: string): void {
  startAttempt(state, stepNamed(state, name), undefined, at(SECONDS[name]![0]));
  state.revision += 1;
}

export function end(state: ClusterState, name: string): void {
  const [, seconds] = SECONDS[name]!;
  if (name === 'place') state.nodes.forEach((n, i) => Object.assign(n, { status: 'queued', host: 'host1', allocation: { node: n.spec.name, host: 'host1', cpu: 0.1, memMiB: 64, disks: ['disk1'], networks: [{ device: 'eth0', network: 'admin', address: `127.77.0.${i + 1}` }] } }));
  if (name === 'start_machines') state.nodes.forEach((n) => (n.status = 'running'));
  if (name === 'configure') state.roles.forEach((r) => (r.status = 'running'));
  endStep(state, stepNamed(state, name), 'done', at(seconds));
  if (name === 'await_ready') endOperation(state, 'done', at(seconds));
  state.revision += 1;
}

export function perform(state: ClusterState, name: string): void {
  start(state, name);
  end(state, name);
}

export function reachedReady(size = 2, number = 1): ClusterState {
  const state = newReference(size, number);
  for (const { name } of CLUSTER_OPERATIONS.launch) perform(state, name);
  return state;
}

export const SCRIPT_FAILED = problem(409, 'script_failed', 'the orchestrator script ended with 2: cannot reach the licence server', 'Read its output, mend the cause or the script, then retry.', {
  evidence: 'connecting to licence.example\ncannot reach the licence server\n',
});

export function blockedAtConfigure(): ClusterState {
  const state = newReference();
  for (const name of ['place', 'start_machines']) perform(state, name);
  start(state, 'configure');
  blockStep(state, stepNamed(state, 'configure'), SCRIPT_FAILED, at(2.5));
  state.revision += 1;
  return state;
}

export function lostANode(): ClusterState {
  const state = reachedReady();
  Object.assign(state.nodes[1]!, { status: 'failed', exit: { code: null, signal: 'SIGKILL', at: at(60) }, lastOutput: 'out of memory' });
  setCondition(state, 'Degraded', 'node_lost', 'node example1 ended with SIGKILL: out of memory', at(60));
  state.revision += 1;
  return state;
}

export function shown(state: ClusterState, base = 'http://127.0.0.1:5000'): Shown {
  const { v: _v, ...document } = viewCluster(state);
  return structuredClone({
    ...document,
    verbs: allowedVerbs(state),
    links: {
      self: `${base}/api/v1/lifecycles/${state.id}`, facade: `${base}/bigdata/api/v1/${clusterDn(state.key)}`,
      temporal: `http://127.0.0.1:8233/namespaces/servicegrid/workflows/${encodeURIComponent(state.id)}`,
    },
  });
}

export const summaryOf = (state: ClusterState): Summary => summarise(state, viewSummaryDetail(state));

/** What GET answers while no worker runs. */
export const lastKnown = (state: ClusterState): Shown => ({ ...summaryOf(state), steps: [], timeline: [], verbs: [], stale: true });
