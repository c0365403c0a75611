import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApi } from '../cli/api';
import { order as orderCluster } from '../cli/endpoints';
import { follow } from '../cli/follow';
import { productOf } from '../cli/ids';
import type { Io } from '../cli/io';
import { arrival } from '../cli/launch';
import { silentView } from '../cli/views';
import { BASE_IMAGE, startDockerEngine, type DockerEngine } from '../test/support/docker_engine';
import { DOCKER, isThere } from '../test/support/parts';
import type { Bench, Figure, Site } from './figure';
import { provisionCompose } from './support/compose';
import { newHome, startGrid, type RunningGrid } from './support/grid';
import { destroy, order, putProduct, ready } from './support/launched';
import { cpuShares, residentMb } from './support/proc';
import { request } from './support/request';
import { run } from './support/run';
import { median } from './support/statistics';

const NODES = 20;
const TIMES = 5;
const CLUSTERS = 10;
const MAX_RATIO = 1.2;
const PROCESSES = ['control', 'api', 'up', 'temporal'] as const;
const LAUNCH_LIMIT_MS = 120_000;
const SETTLE_MS = 10_000;
const WATCH_MS = 20_000;
const COMMAND = ['sleep', '1000000'];
const CPU = 0.1;
const MEM_MIB = 16;
/** Network of those who are not the grid. */
const NETWORK = 'bench';
const SUBNET = '10.197.0.0/17';

/**
 * A cluster in containers, against the same containers by `docker run` side by side and by `docker compose up`; each in
 * turn; the file of Compose has a network of its own, as a cluster has. A cluster is ready when all its nodes are known to run, which is what Compose does with `--wait`; without it, it
 * comes back as soon as they are started.
 */
export const docker: Bench = {
  name: 'docker',
  run: async (site) => {
    const missing = [...DOCKER, 'docker' as const].filter((part) => !isThere(part));
    if (missing.length > 0) {
      site.tell(`skipped: ${missing.join(', ')} missing`);
      return [];
    }
    const engine = await startDockerEngine();
    let closing: Promise<void> | undefined;
    const close = () => (closing ??= engine.close());
    site.later(close);
    const compose = await provisionCompose(site);
    const grid = await startGrid(site, await newHome(site));
    // The containers go before the grid whose they are.
    site.later(close);
    const product = await putProduct(grid, 'bench', '', ', "networks": { "eth0": { "networkname": "admin", "type": "dynamic" } }');
    await request(grid.api, 'PUT', '/api/v1/computes/docker', { connector: `docker://${engine.socket}?net=10.198&image=${BASE_IMAGE}&cpu=100` });
    return [...(await compared(site, engine, grid, product, compose)), ...(await watched(site, grid, product))];
  },
};

async function compared(site: Site, engine: DockerEngine, grid: RunningGrid, product: string, compose: string | undefined): Promise<Figure[]> {
  const ours: number[] = [];
  const runs: number[] = [];
  const composed: number[] = [];
  const awaited: number[] = [];
  await launched(grid, product);
  for (let i = 1; i <= TIMES; i++) {
    site.tell(`${NODES} containers each way, ${i} of ${TIMES}`);
    runs.push(await byRun(engine));
    if (compose) composed.push(await byCompose(engine, compose));
    if (compose) awaited.push(await byCompose(engine, compose, '--wait'));
    ours.push(await launched(grid, product));
  }
  const [took, floor] = [median(ours), median(runs)];
  const note = `medians of ${TIMES}`;
  return [
    { what: `${NODES} nodes: order to ready`, value: took / 1000, unit: 's', floor: floor / 1000, note: `${note}; floor: ${NODES} × docker run -d side by side` },
    { what: `${NODES} nodes: ratio to docker run`, value: took / floor, unit: 'x', limit: MAX_RATIO },
    ...(compose ? [toCompose('-d --wait', took, awaited, 1), toCompose('-d', took, composed)] : []),
  ];
}

const toCompose = (how: string, took: number, theirs: number[], limit?: number): Figure => ({
  what: `${NODES} nodes: ratio to docker compose up ${how}`, value: took / median(theirs), unit: 'x', ...(limit ? { limit } : {}), note: `that took ${(median(theirs) / 1000).toFixed(2)} s`,
});

/** Ordered and followed as `grid launch` does; ready when the cluster itself says that it was. */
async function launched(grid: RunningGrid, product: string): Promise<number> {
  const api = createApi({ base: grid.api });
  const io: Io = { ...process, signal: AbortSignal.timeout(LAUNCH_LIMIT_MS) };
  const orderedAt = Date.now();
  const queue = await orderCluster(api, { ...productOf(product), options: { size: NODES }, compute: 'docker' }, randomUUID());
  const { life } = await follow(api, await arrival(api, queue, io), io, silentView, 'ready');
  await destroy(grid, life.id);
  return Date.parse(life.timeline!.find(({ state }) => state === 'ready')!.at) - orderedAt;
}

async function makeNetwork({ docker: engine }: DockerEngine): Promise<void> {
  await engine.createNetwork({ Name: NETWORK, IPAM: { Driver: 'default', Config: [{ Subnet: SUBNET }] } });
}

async function byRun(engine: DockerEngine): Promise<number> {
  await makeNetwork(engine);
  const env = { DOCKER_HOST: `unix://${engine.socket}` };
  const limits = ['--init', '--network', NETWORK, '--cpus', String(CPU), '--memory', `${MEM_MIB}m`];
  const startedAt = Date.now();
  const ids = await Promise.all(Array.from({ length: NODES }, (_, i) => run('docker', ['run', '-d', '--name', `run${i}`, ...limits, BASE_IMAGE, ...COMMAND], { env })));
  const tookMs = Date.now() - startedAt;
  await run('docker', ['rm', '-f', ...ids.map((id) => id.trim())], { env });
  await engine.docker.getNetwork(NETWORK).remove();
  return tookMs;
}

async function byCompose(engine: DockerEngine, compose: string, ...more: string[]): Promise<number> {
  const file = join(engine.dir, 'compose.json');
  const service = { image: BASE_IMAGE, command: COMMAND, init: true, networks: [NETWORK], cpus: CPU, mem_limit: `${MEM_MIB}m`, pull_policy: 'never' };
  const services = Object.fromEntries(Array.from({ length: NODES }, (_, i) => [`n${i}`, service]));
  writeFileSync(file, JSON.stringify({ name: 'bench', services, networks: { [NETWORK]: { ipam: { config: [{ subnet: SUBNET }] } } } }));
  const options = { env: { DOCKER_HOST: `unix://${engine.socket}` } };
  const startedAt = Date.now();
  await run(compose, ['-f', file, 'up', '-d', ...more], options);
  const tookMs = Date.now() - startedAt;
  await run(compose, ['-f', file, 'down', '-t', '0'], options);
  rmSync(file);
  return tookMs;
}

/** What the control plane takes while it watches so many containers and nothing happens. */
async function watched(site: Site, grid: RunningGrid, product: string): Promise<Figure[]> {
  site.tell(`launching ${CLUSTERS} clusters of ${NODES}`);
  const pids = PROCESSES.map(grid.pidOf);
  const before = pids.map(residentMb);
  for (let i = 0; i < CLUSTERS; i++) {
    const { cluster } = await order(grid, product, NODES, 'docker');
    await ready(grid, cluster);
  }
  site.tell(`watching the idle grid for ${(SETTLE_MS + WATCH_MS) / 1000} s`);
  await sleep(SETTLE_MS);
  const shares = await cpuShares(pids, WATCH_MS);
  const each = PROCESSES.map((name, i) => `${name} ${shares[i]!.toFixed(2)}`).join(', ');
  const total = shares.reduce((sum, share) => sum + share, 0);
  const count = CLUSTERS * NODES;
  return [
    ...PROCESSES.map((name, i): Figure => ({ what: `${count} containers, idle: resident: ${name}`, value: residentMb(pids[i]!), unit: 'MB', note: `before: ${before[i]!.toFixed(0)} MB` })),
    { what: `${count} containers: cpu of all, idle for ${WATCH_MS / 1000} s`, value: total, unit: '%', note: `of one core: ${each}` },
  ];
}
