import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { projectRoot } from '../../../config';
import { CONTROL_QUEUE } from '../../../model/messages';
import { labelled, type TestGrid } from '../../support/grid';
import { freePort } from '../../support/free_port';
import { ask } from '../../support/http';
import { openMachineGround } from '../../support/machine_ground';
import { eventually } from '../../api/support/api_under_test';
import { startBalancer } from './balancer';
import { startPostgres, type Postgres } from './postgres';
import { startTemporalSite, type TemporalSite } from './temporal_site';

const KINDS = { api: 'api.js', control: 'control.js' } as const;
export type Kind = keyof typeof KINDS;
/** As tools/images/grid.Dockerfile has them. */
const NODE_FLAGS = ['--max-semi-space-size=2', '--initial-old-space-size=32', '--heap-growing-percent=20'];

/** A process of the grid, and what is started in its place: the same program, or one of another tree. */
export interface GridProcess {
  pid(): number;
  /** Where it tells what it counts; of the API, where it serves. */
  url: string;
  start(root?: string): Promise<void>;
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** The grid as production has it, as plain processes of this host: docs/production.md has the picture. */
export interface Topology extends TestGrid {
  postgres: Postgres;
  temporal: TemporalSite;
  processes: Record<Kind, readonly [GridProcess, GridProcess]>;
  /** Says in what state of the grid the processes' logs are, when a test has failed. */
  logs(): string;
  /** Ends the processes of the grid: what it launched runs on. */
  stopAll(): Promise<void>;
  startAll(root?: string): Promise<void>;
}

/** @param root tree that the processes are of: this one, or that of another version */
export async function startTopology(root = projectRoot()): Promise<Topology> {
  const undone: (() => Promise<void>)[] = [];
  const undo = async () => {
    for (let next = undone.pop(); next; next = undone.pop()) await next();
  };
  try {
    return await bringUp(root, (next) => void undone.push(next), undo);
  } catch (error) {
    await undo();
    throw error;
  }
}

async function bringUp(root: string, later: (next: () => Promise<void>) => void, undo: () => Promise<void>): Promise<Topology> {
  const tell = (line: string) => void process.stderr.write(`${line}\n`);
  const home = mkdtempSync(join(tmpdir(), 'grid-production-'));
  later(async () => rmSync(home, { recursive: true, force: true }));
  const postgres = await startPostgres();
  later(() => postgres.end());
  const site = await startTemporalSite(postgres, tell);
  later(() => site.end());

  const ports = { api: [await freePort(), await freePort()], control: [await freePort(), await freePort()] } as const;
  const balancer = await startBalancer(ports.api);
  later(() => balancer.end());
  const inherited = Object.entries(process.env).filter(([name]) => !/^(TEMPORAL_|GRID_|OTEL_|NODE_OPTIONS$)/.test(name));
  const env: NodeJS.ProcessEnv = {
    ...Object.fromEntries(inherited), GRID_HOME: home, GRID_API: balancer.url, TEMPORAL_ADDRESS: site.address, TEMPORAL_NAMESPACE: 'servicegrid',
    DOCKER_HOST: 'unix:///nonexistent', GRID_LOG_LEVEL: 'info', GRID_MEMBER_LEASE: '3s',
  };
  execFileSync(process.execPath, [join(projectRoot(), 'dist/namespace.js')], { env, stdio: ['ignore', 'ignore', 'pipe'] });

  const one = (kind: Kind, n: 0 | 1): GridProcess => gridProcess(kind, ports[kind][n], { ...env, HOST_HOSTNAME: `${kind}-${n}` }, join(home, `${kind}-${n}.log`), root);
  const processes = { api: [one('api', 0), one('api', 1)], control: [one('control', 0), one('control', 1)] } as const;
  const all = Object.values(processes).flat();
  const stopAll = async () => void (await Promise.all(all.map((each) => each.stop('SIGTERM'))));
  later(async () => {
    await Promise.all(all.map((each) => each.stop('SIGKILL')));
    if (existsSync(join(home, 'grid-id'))) for (const pid of labelled(home)) endOf(pid);
  });
  const topology: Topology = {
    api: balancer.url, home, env, postgres, temporal: site, processes, stopAll,
    ground: await openMachineGround('process', home),
    pidOf: (name) => (name === 'temporal' ? site.pid() : processes[name][0].pid()),
    stop: stopAll,
    end: undo,
    startAll: async (of) => {
      await Promise.all(all.map((each) => each.start(of)));
      await eventually(() => ask(topology, 'GET', '/api/v1/lifecycles/compute/host').catch(() => undefined), (answer) => answer?.body.state === 'ready' && answer.body.stale !== true, 90_000);
    },
    logs: () => readdirSync(home).filter((name) => name.endsWith('.log')).map((name) => `--- ${name}\n${readFileSync(join(home, name), 'utf8').split('\n').filter((line) => /"level":[456]0/.test(line) || !line.startsWith('{')).slice(-8).join('\n')}`).join('\n'),
  };
  await topology.startAll().catch((error: Error) => {
    throw new Error(`${error.message}\n${topology.logs()}`, { cause: error });
  });
  return topology;
}

function gridProcess(kind: Kind, port: number, env: NodeJS.ProcessEnv, log: string, first: string): GridProcess {
  let child: ChildProcess | undefined;
  let root = first;
  const url = `http://127.0.0.1:${port}`;
  const isUp = () => (kind === 'api' ? fetch(`${url}/healthz`).then(({ ok }) => ok, () => false) : asksForWork(env['TEMPORAL_ADDRESS']!, `control/${env['HOST_HOSTNAME']}/${child!.pid}`));
  return {
    url,
    pid: () => child!.pid!,
    async start(of = root) {
      root = of;
      const fd = openSync(log, 'a');
      const where = kind === 'api' ? { LISTEN: `127.0.0.1:${port}` } : { GRID_METRICS: `127.0.0.1:${port}` };
      child = spawn(process.execPath, [...NODE_FLAGS, join(root, 'dist', KINDS[kind])], { env: { ...env, ...where }, cwd: root, stdio: ['ignore', fd, fd] });
      closeSync(fd);
      const started = child;
      await eventually(async () => started.exitCode !== null || await isUp(), (up) => up, 60_000);
      if (started.exitCode !== null) throw new Error(`${kind} ended: ${readFileSync(log, 'utf8').slice(-2_000)}`);
    },
    async stop(signal) {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
  };
}

/** Whether Temporal has heard of a worker, which is known there by this name. */
async function asksForWork(address: string, identity: string): Promise<boolean> {
  const connection = await Connection.connect({ address });
  try {
    const { pollers } = await connection.workflowService.describeTaskQueue({ namespace: 'servicegrid', taskQueue: { name: CONTROL_QUEUE }, taskQueueType: temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW });
    return (pollers ?? []).some((one) => one.identity === identity);
  } finally {
    await connection.close();
  }
}

function endOf(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It went with the one before.
  }
}
