import type { Client } from '@temporalio/client';
import { CLUSTER_OPERATIONS, newCluster, type ClusterState } from '../../model/cluster';
import { beginOperation, endOperation, endStep, startAttempt, stepNamed } from '../../model/lifecycle';
import { CONTROL_QUEUE, WORKFLOW_TASK_TIMEOUT } from '../../model/messages';
import type { Site } from '../figure';
import { newHome, startGrid, type RunningGrid } from './grid';
import { until } from './until';

export const MANY = 1_000;
const AT_ONCE = 20;
const PRODUCT = 'idle';
const VERSION = '1.0.0';

export interface Thousand {
  grid: RunningGrid;
  /** Their lifecycle ids. */
  ids: string[];
  /** One cluster's path on the seed's façade. */
  seedPath: (id: string) => string;
}

let made: Promise<Thousand> | undefined;

/** A grid with 1,000 idle clusters, made once: real cluster workflows that begin where a launch has ended. */
export const thousand = (site: Site): Promise<Thousand> => (made ??= make(site));

async function make({ atLast, ...rest }: Site): Promise<Thousand> {
  const site = { ...rest, atLast, later: atLast };
  const grid = await startGrid(site, await newHome(site));
  site.tell(`starting ${MANY} idle clusters`);
  const states = Array.from({ length: MANY }, (_, i) => readyCluster(i + 1));
  const queue = [...states];
  const lane = async () => {
    for (let state = queue.shift(); state; state = queue.shift()) await begin(grid.client, state);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  await until(`${MANY} clusters that are ready`, async () => {
    const { count } = await grid.client.workflow.count(`GridKind = 'cluster' AND GridState = 'ready'`);
    return count >= MANY;
  }, 600_000);
  return { grid, ids: states.map(({ id }) => id), seedPath: (id) => `/bigdata/api/v1/${id.replace('cluster/', 'clusters/')}` };
}

/** The state with which a cluster goes on after it was launched: of one node, with everything a launch leaves behind. */
function readyCluster(number: number): ClusterState {
  const at = new Date().toISOString();
  const key = { user: 'test', product: PRODUCT, version: VERSION, number };
  const node = { name: 'n0', command: ['sleep', '1000000'], env: {}, cpu: 0.1, memMiB: 16, disks: [], customDisks: false, networks: [], checkPorts: [8080], tags: [], roles: ['main'] };
  const roles = [{ name: 'main', nodes: ['n0'], properties: {} }];
  const spec = { dnsname: `${number}.${PRODUCT}.test`, nodes: [node], roles, onNodeLoss: 'wait' as const, scriptTimeoutMs: 600_000, scriptAttempts: 1 };
  const state = newCluster(key, { options: { size: 1 }, spec, script: '', compute: 'host' }, at);
  beginOperation(state, 'launch', CLUSTER_OPERATIONS.launch, at);
  for (const { name } of CLUSTER_OPERATIONS.launch) {
    const step = stepNamed(state, name);
    startAttempt(state, step, undefined, at);
    endStep(state, step, 'done', at);
  }
  endOperation(state, 'done', at);
  const address = `127.254.${Math.floor(number / 200)}.${(number % 200) + 1}`;
  const allocation = { node: 'n0', host: 'host', cpu: 0.1, memMiB: 16, disks: [], networks: [{ device: 'eth0', network: 'admin', address }] };
  Object.assign(state.nodes[0]!, { status: 'running', host: 'host', allocation, startedAt: at, ref: { pid: 1, startTime: 1 } });
  Object.assign(state.roles[0]!, { status: 'running' });
  return { ...state, everReady: true, place: { connector: 'process:', diskRoot: '/' } };
}

const begin = (client: Client, state: ClusterState) =>
  client.workflow.start('cluster', { workflowId: state.id, taskQueue: CONTROL_QUEUE, workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT, args: [state] });
