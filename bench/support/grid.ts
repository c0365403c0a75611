import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { projectRoot } from '../../config';
import type { GridFile } from '../../cli/up/grid_file';
import { freePort, labelled, logs } from '../../test/support/grid';
import type { Site } from '../figure';
import { request } from './request';
import { until } from './until';

/** A home with its own ports, on which a grid is brought up as its user does it. */
export interface GridHome {
  path: string;
  api: string;
  env: NodeJS.ProcessEnv;
}

export interface RunningGrid extends GridHome {
  /** From the start of the command to the first 200 of /readyz. */
  readyMs: number;
  client: Client;
  namespace: string;
  temporalAddress: string;
  pidOf: (name: 'up' | 'control' | 'api' | 'temporal') => number;
  stop: () => Promise<void>;
}

/** A new home; in the end whatever was started on it ends and it is removed. */
export async function newHome({ temporal, server, later }: Site, env: Record<string, string> = {}): Promise<GridHome> {
  const path = mkdtempSync(join(tmpdir(), 'grid-bench-'));
  const listen = `127.0.0.1:${await freePort()}`;
  later(async () => {
    for (const pid of labelled(path)) process.kill(pid, 'SIGKILL');
    rmSync(path, { recursive: true, force: true });
  });
  const inherited = Object.entries(process.env).filter(([name]) => !/^(TEMPORAL_|GRID_|NODE_OPTIONS$)/.test(name));
  return {
    path,
    api: `http://${listen}`,
    env: {
      ...Object.fromEntries(inherited), GRID_HOME: path, LISTEN: listen, DOCKER_HOST: 'unix:///nonexistent', GRID_TEMPORAL_PORT: String(await freePort()),
      PATH: [dirname(temporal), process.env.PATH].join(delimiter), ...(server ? { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: `bench-${++namespaces}` } : {}), ...env,
    },
  };
}

let namespaces = 0;

const UP = [process.execPath, join(projectRoot(), 'dist', 'grid.js'), 'up'];

/** Brings a grid up with this command and waits until its compute is ready too. */
export async function startGrid({ server, later }: Site, home: GridHome, [program, ...args]: string[] = UP): Promise<RunningGrid> {
  const started = performance.now();
  const up = spawn(program!, args, { cwd: projectRoot(), env: home.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(up, 'exit');
  const said: string[] = [];
  for (const stream of [up.stdout, up.stderr]) stream.on('data', (text: Buffer) => said.push(String(text)));
  const get = (path: string) => request<{ state?: string }>(home.api, 'GET', path).catch(() => undefined);
  const stop = async () => {
    if (up.exitCode !== null || up.signalCode !== null) return;
    // Through npm a signal would reach npm first.
    process.kill(gridFile(home).pid, 'SIGTERM');
    await exited;
  };
  later(() => stop().catch(() => void up.kill('SIGTERM')));
  const answers = async (path: string, good: (body: { state?: string }) => boolean) =>
    until(`${path} of the grid`, async () => {
      if (up.exitCode !== null) throw new Error('the grid ended');
      const answer = await get(path);
      return answer !== undefined && good(answer.body);
    });
  try {
    await answers('/readyz', () => true);
    const readyMs = performance.now() - started;
    await answers('/api/v1/lifecycles/compute/host', ({ state }) => state === 'ready');
    const { temporalAddress = '', namespace } = gridFile(home);
    const connection = await Connection.connect({ address: temporalAddress });
    later(() => connection.close());
    return { ...home, readyMs, client: new Client({ connection, namespace }), namespace, temporalAddress, pidOf: (name) => (name === 'temporal' && server ? server.pid : pidOf(home, name)), stop };
  } catch (error) {
    throw new Error(`${(error as Error).message}:\n${said.join('')}\n${logs(home.path)}`, { cause: error });
  }
}

const readJson = <T>(...path: string[]): T => JSON.parse(readFileSync(join(...path), 'utf8')) as T;

const gridFile = ({ path }: GridHome): GridFile => readJson(path, 'grid.json');

const pidOf = (home: GridHome, name: string): number => (name === 'up' ? gridFile(home).pid : readJson<{ pid: number }>(home.path, 'run', `${name}.json`).pid);
