import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../config';
import type { ClusterDocument } from '../model/cluster_views';
import { closedAt, startBareWorkflow } from './bare/closed';
import { startBare, type BareWorker } from './bare/start_bare';
import type { Bench } from './figure';
import { newHome, startGrid, type RunningGrid } from './support/grid';
import { destroy, order, putProduct, ready, summary } from './support/launched';
import { request } from './support/request';
import { until } from './support/until';

const TIMES = 3;
const LIMIT_S = 4;

/** `kill -9` of the control worker: how long until the next step is taken. */
export const crash: Bench = {
  name: 'crash',
  run: async (site) => {
    const home = await newHome(site);
    const faults = join(home.path, 'faults');
    mkdirSync(faults);
    Object.assign(home.env, { GRID_TEST_FAULTS: faults, NODE_OPTIONS: `--require ${join(projectRoot(), 'test/support/faults.cjs')}` });
    const grid = await startGrid(site, home);
    const worker = await startBare(site, grid);
    const [plain, slow] = [await putProduct(grid, 'plain'), await putProduct(grid, 'slow', '#!/bin/sh\nsleep 1\n')];
    const boundary = await slowest(() => atBoundary(grid, slow));
    const boundaryFloor = await slowest(() => bareBoundary(grid, worker));
    const effect = await slowest(() => inEffect(grid, plain, faults));
    const effectFloor = await slowest(() => bareEffect(grid, worker));
    await grid.stop();
    const note = `slowest of ${TIMES}; the floor is a bare worker`;
    return [
      { what: 'killed between two steps, to the next step', value: boundary, unit: 's', floor: boundaryFloor, limit: LIMIT_S, note },
      { what: 'killed before its effect was answered, to the next step', value: effect, unit: 's', floor: effectFloor, limit: LIMIT_S, note: `${note}; both wait for missing heartbeats` },
    ];
  },
};

async function slowest(measure: () => Promise<number>): Promise<number> {
  let worst = 0;
  for (let i = 0; i < TIMES; i++) worst = Math.max(worst, (await measure()) / 1000);
  return worst;
}

/** The cluster stands between two steps, paused; the worker is killed and the next step asked for in the same moment. */
async function atBoundary(grid: RunningGrid, product: string): Promise<number> {
  const { cluster } = await order(grid, product, 1);
  await summary(grid, cluster, 'configuring', ({ step }) => step === 'configure');
  await request(grid.api, 'POST', `/api/v1/lifecycles/${cluster}/pause`, {});
  await until('the pause between two steps', async () => (await step(grid, cluster, 'configure'))?.state === 'done');
  process.kill(grid.pidOf('control'), 'SIGKILL');
  const killedAt = Date.now();
  await resumed(grid, cluster);
  return took(grid, cluster, 'await_ready', killedAt);
}

/** A command that no worker confirmed in time is sent again under its key, as its answer says. */
async function resumed(grid: RunningGrid, cluster: string): Promise<void> {
  const path = `/api/v1/lifecycles/${cluster}/resume`;
  const key = { 'idempotency-key': randomUUID() };
  await request(grid.api, 'POST', path, {}, key).catch(() => request(grid.api, 'POST', path, {}, key));
}

/** The worker is killed after a step's effect and before anybody knows of it. */
async function inEffect(grid: RunningGrid, product: string, faults: string): Promise<number> {
  const taken = join(faults, 'start_machines.after.taken');
  writeFileSync(join(faults, 'start_machines.after'), 'self');
  const { cluster } = await order(grid, product, 1);
  await until('the kill', async () => existsSync(taken));
  const killedAt = statSync(taken).ctimeMs;
  rmSync(taken);
  return took(grid, cluster, 'configure', killedAt);
}

async function took(grid: RunningGrid, cluster: string, name: string, since: number): Promise<number> {
  await ready(grid, cluster);
  const { startedAt = '' } = (await step(grid, cluster, name)) ?? {};
  await destroy(grid, cluster);
  return Date.parse(startedAt) - since;
}

async function step(grid: RunningGrid, cluster: string, name: string) {
  const { steps } = await grid.client.workflow.getHandle(cluster).query<ClusterDocument>('document');
  return steps.find((one) => one.name === name);
}

async function bareBoundary({ client }: RunningGrid, worker: BareWorker): Promise<number> {
  const handle = await startBareWorkflow(client, 'bareBoundary');
  await until('the first task', async () => (await handle.describe()).historyLength >= 4);
  worker.killAndStart();
  const killedAt = Date.now();
  await handle.signal('go');
  return (await closedAt(handle)) - killedAt;
}

async function bareEffect({ client }: RunningGrid, worker: BareWorker): Promise<number> {
  const held = worker.held();
  const handle = await startBareWorkflow(client, 'bareRetry');
  await held;
  worker.killAndStart();
  const killedAt = Date.now();
  return (await closedAt(handle)) - killedAt;
}
