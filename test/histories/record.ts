import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { provisionTemporal } from '../../cli/up/provision_temporal';
import { startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, launch, queued, until, verb, read } from '../support/http';
import { idle, putProduct } from '../support/product';
import { withTemporal } from '../support/temporal';
import { startTemporal } from '../support/temporal_server';
import { playEnvironment } from './environment_scenarios';
import { playMesos } from './mesos_scenarios';
import { playOperating } from './operating_scenarios';
import { sanitised } from './sanitised';
import { makeCatalog, playServices } from './service_scenarios';

const PAAS = '/bigdata/api/v1';
/** So many that only a history that is made long on purpose goes on in another run. */
const CONTINUE_AS_NEW_AFTER = 250;

/** What is played, by what it is about. */
const GROUPS = {
  clusters: (grid: TestGrid) => play(grid),
  services: async (grid: TestGrid, mended: string) => void (await playServices(grid, () => writeFileSync(mended, ''), () => rmSync(mended, { force: true }))),
  environment: async (grid: TestGrid, mended: string) => void (await playEnvironment(grid, () => writeFileSync(mended, ''), () => rmSync(mended, { force: true }))),
  operating: async (grid: TestGrid) => void (await playOperating(grid)),
  mesos: (grid: TestGrid) => playMesos(grid),
} satisfies Record<string, (grid: TestGrid, mended: string) => Promise<Map<string, string> | void>>;
type Group = keyof typeof GROUPS;

/**
 * Plays what a grid can live through and keeps every workflow's history beside this file.
 * @param only these groups: then what is there stays, and only histories that are missing are added
 */
export async function record(dir: string, only: readonly string[]): Promise<void> {
  const groups = (only.length > 0 ? only : Object.keys(GROUPS)) as Group[];
  const scratch = mkdtempSync(join(tmpdir(), 'grid-test-'));
  const binary = await provisionTemporal(scratch, process.env, (line) => console.log(line), new AbortController().signal);
  const server = await startTemporal(binary, { continueAsNewAfter: CONTINUE_AS_NEW_AFTER });
  let grid: TestGrid | undefined;
  try {
    const mended = join(scratch, 'mended');
    grid = await startGrid({
      env: { TEMPORAL_ADDRESS: server.address, GRID_AGENT_TIMEOUT: '2s', GRID_CATALOG: makeCatalog(scratch, mended), GRID_CAPACITY_INTERVAL: '1s', GRID_CAPACITY_COOLDOWN_IN: '1h', GRID_POLL_INTERVAL: '500ms' },
    });
    let names = new Map<string, string>();
    for (const group of groups) names = new Map([...names, ...((await GROUPS[group](grid, mended)) ?? [])]);
    const old = readdirSync(dir).filter((f) => f.endsWith('.json'));
    if (only.length === 0) for (const file of old) rmSync(join(dir, file));
    await keepAll(grid, dir, names, only.length === 0 ? [] : old);
  } finally {
    await grid?.end();
    await server.end();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Every scenario, one after the other; answers the name of each by the id of its cluster. */
async function play(grid: TestGrid): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  const mended = join(grid.home, 'mended');
  await putProduct(grid, 'stuck', { template: idle(2), script: `#!/bin/sh\ntest -f ${mended} || { echo there is no licence; exit 7; }\n` });
  const scenarios = { whole_life, abort, skip, retry, pause, node_lost_while_configuring, waits_for_room, abort_scale, destroyed_midway, carried_over };
  for (const [name, scenario] of Object.entries(scenarios)) {
    rmSync(mended, { force: true });
    names.set(await scenario(grid, () => writeFileSync(mended, '')), name);
    console.log(`played ${name}`);
  }
  await ask(grid, 'POST', `${PAAS}/products/stuck/1?compute=nowhere`, {});
  await ask(grid, 'PUT', `${PAAS}/products/stuck/1/options`, { optional: { size: 1 } });
  await ask(grid, 'GET', '/api/v1/machines/nothing');
  return names;
}

type Mend = () => void;
/** Answers the id of the cluster that it is about. */
type Scenario = (grid: TestGrid, mend: Mend) => Promise<string>;

const ready = (grid: TestGrid, id: string) => until(grid, id, (d) => d.state === 'ready' && d.operation === null);
const blocked = (grid: TestGrid, id: string) => until(grid, id, (d) => d.conditions.some((c) => c.type === 'Blocked'));
const machinesOf = async (grid: TestGrid, id: string) => (await read(grid, `/api/v1/machines?owner=${encodeURIComponent(id)}`)).machines;

async function stuck(grid: TestGrid): Promise<string> {
  const id = await launch(grid, 'stuck/1', {});
  await blocked(grid, id);
  return id;
}

async function scale(grid: TestGrid, id: string, size: number): Promise<void> {
  await queued(grid, (await ask(grid, 'PATCH', `${PAAS}/clusters/${id.slice('cluster/'.length)}`, { size })).body.url);
}

const whole_life: Scenario = async (grid) => {
  const id = await launch(grid, 'reference/1.0.0', { size: 2 });
  const { nodes } = await ready(grid, id);
  const [machine] = await machinesOf(grid, id);
  await ask(grid, 'POST', `/api/v1/machines/${machine.id}/exec`, { argv: ['echo', 'hello'] });
  await ask(grid, 'GET', `/api/v1/machines/${machine.id}`);
  await ask(grid, 'GET', `/api/v1/machines/${machine.id}/logs`);
  process.kill(-machine.ref.pgid, 'SIGKILL');
  await until(grid, id, (d) => d.conditions.some((c) => c.type === 'Degraded'));
  await verb(grid, id, 'repair', { reason: 'a machine was lost' });
  await until(grid, id, (d) => d.operation === null && d.conditions.length === 0 && d.nodes.some((n) => n.generation === 2));
  await scale(grid, id, nodes.length + 1);
  await until(grid, id, (d) => d.state === 'ready' && d.operation === null && d.nodes.length === nodes.length + 1);
  await scale(grid, id, 1);
  await until(grid, id, (d) => d.state === 'ready' && d.operation === null && d.nodes.length === 1);
  await destroyed(grid, id);
  return id;
};

const abort: Scenario = async (grid) => {
  const id = await stuck(grid);
  await verb(grid, id, 'abort', { reason: 'given up' });
  await until(grid, id, (d) => d.state === 'destroyed');
  return id;
};

const skip: Scenario = async (grid) => {
  const id = await stuck(grid);
  await verb(grid, id, 'skip');
  await ready(grid, id);
  await destroyed(grid, id);
  return id;
};

const retry: Scenario = async (grid, mend) => {
  const id = await stuck(grid);
  await verb(grid, id, 'retry');
  await until(grid, id, (d) => d.steps.some((s) => s.state === 'blocked' && s.attempt === 2));
  mend();
  await verb(grid, id, 'retry', { step: 'configure' });
  await ready(grid, id);
  await destroyed(grid, id);
  return id;
};

const pause: Scenario = async (grid, mend) => {
  const id = await stuck(grid);
  await verb(grid, id, 'pause');
  mend();
  await verb(grid, id, 'retry');
  await until(grid, id, (d) => d.steps.some((s) => s.waitingFor?.includes('resume')));
  await verb(grid, id, 'resume');
  await ready(grid, id);
  await destroyed(grid, id);
  return id;
};

const node_lost_while_configuring: Scenario = async (grid) => {
  await putProduct(grid, 'slow', { template: idle(1), script: '#!/bin/sh\nsleep 2\n' });
  const id = await launch(grid, 'slow/1', {});
  await until(grid, id, (d) => d.steps.some((s) => s.name === 'configure' && s.state === 'running'));
  process.kill(-(await machinesOf(grid, id))[0].ref.pgid, 'SIGKILL');
  await blocked(grid, id);
  await verb(grid, id, 'retry');
  await ready(grid, id);
  await destroyed(grid, id);
  return id;
};

const waits_for_room: Scenario = async (grid) => {
  const first = await launch(grid, 'reference/1.0.0', { size: 6 });
  await ready(grid, first);
  const second = await launch(grid, 'reference/1.0.0', { size: 1 });
  await until(grid, second, (d) => /disks/.test(d.steps.find((s) => s.name === 'place')?.waitingFor ?? ''));
  await destroyed(grid, first);
  await ready(grid, second);
  await destroyed(grid, second);
  return second;
};

const abort_scale: Scenario = async (grid) => {
  const script = '#!/bin/sh\n[ "$(grep -o \'"machine"\' "$GRID_NODES" | wc -l)" -lt 2 ] || exit 7\n';
  const template = '{"nodes": { {%- for n in range(opts["size"]) %}{{ "," if n }} "n{{ n }}": {"cpu": 0.1, "mem": 16, "command": ["sleep", "1000"]} {% endfor -%} } }';
  await putProduct(grid, 'one', { template, options: { optional: { size: 1 } }, script });
  const id = await launch(grid, 'one/1', {});
  await ready(grid, id);
  await scale(grid, id, 2);
  await blocked(grid, id);
  await verb(grid, id, 'abort');
  await until(grid, id, (d) => d.operation === null && d.nodes.length === 1);
  await destroyed(grid, id);
  return id;
};

const destroyed_midway: Scenario = async (grid) => {
  await putProduct(grid, 'endless', { template: idle(1), script: '#!/bin/sh\nsleep 600\n' });
  const id = await launch(grid, 'endless/1', {});
  await until(grid, id, (d) => d.steps.some((s) => s.name === 'configure' && s.state === 'running'));
  await destroyed(grid, id);
  return id;
};

const carried_over: Scenario = async (grid, mend) => {
  const id = await stuck(grid);
  for (let i = 0; i < 25; i++) for (const name of ['pause', 'resume']) await verb(grid, id, name);
  mend();
  await verb(grid, id, 'retry');
  await ready(grid, id);
  await destroyed(grid, id);
  return id;
};

/** One file for each run: `<type>.<what>.json`, and for a lifecycle of several runs `<type>.<what>.run1.json`, … */
async function keepAll(grid: TestGrid, dir: string, names: Map<string, string>, there: readonly string[]): Promise<void> {
  await withTemporal(grid, async (client) => {
    const runs: WorkflowExecutionInfo[] = [];
    for await (const run of client.workflow.list()) runs.unshift(run);
    const kept = new Set<string>(there);
    const types = new Set(there.map((file) => file.split('.')[0]));
    for (const run of runs.filter((r) => names.has(r.workflowId) || (r.type !== 'cluster' && !types.has(r.type)))) {
      const what = names.get(run.workflowId) ?? (await nameOf(client, run));
      const several = runs.filter((r) => r.workflowId === run.workflowId).length > 1;
      const of = runs.filter((r) => r.workflowId === run.workflowId).findIndex((r) => r.runId === run.runId) + 1;
      const name = `${run.type}.${what}${several ? `.run${of}` : ''}.json`;
      if (kept.has(name)) continue;
      kept.add(name);
      const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
      writeFileSync(join(dir, name), sanitised(JSON.parse(historyToJSON(history)), grid.home));
    }
    console.log([...kept].sort().join('\n'));
  });
}

/** What a workflow that is no scenario of its own shows: how an order or a call ended, who wrote a product. */
async function nameOf({ workflow }: Client, { type, workflowId, runId }: WorkflowExecutionInfo): Promise<string> {
  const handle = workflow.getHandle(workflowId, runId);
  if (type === 'launchCluster') {
    const { order, state } = await handle.query<{ order: { scale?: object }; state: string }>('document');
    return `${order.scale ? 'scale' : 'launch'}_${state}`;
  }
  if (type === 'environmentRun') {
    const { request, state } = await handle.query<{ request: { verb: string }; state: string }>('document');
    return `${request.verb}_${state}`;
  }
  if (type === 'machineCall') {
    const { memo, status } = await handle.describe();
    return `${(memo!.summary as { detail: { op: string } }).detail.op}_${status.name.toLowerCase()}`;
  }
  if (type === 'product') return (await handle.query<{ fromCatalog: boolean }>('document')).fromCatalog ? 'catalog' : 'written';
  if (type === 'capacityPlanner') return 'look';
  return workflowId.split('/').slice(1).join('_');
}
