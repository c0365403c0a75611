import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free_port';
import { GROUND, openMachineGround, PATIENCE_MS, type GroundKind, type MachineGround } from './machine_ground';

export { freePort };

const ROOT = join(__dirname, '../..');

/** A whole grid as its user has it: `grid up` with a home, a Temporal server on a file and ports of its own. */
export interface TestGrid {
  api: string;
  /** As whom the test asks, where tokens are in use. */
  token?: string;
  home: string;
  env: NodeJS.ProcessEnv;
  /** Process id of one of the grid's own processes, as the grid recorded it. */
  pidOf(name: 'api' | 'control' | 'temporal'): number;
  /** Where its machines are, unless a test says otherwise. */
  ground: MachineGround;
  /** Ends the grid alone: what it launched runs on. */
  stop(): Promise<void>;
  /** Ends the grid, then whatever machines it left, and removes its home. */
  end(): Promise<void>;
}

export interface GridOptions {
  env?: Record<string, string>;
  /** Of an admin, where `env` has GRID_TOKENS. */
  token?: string;
  /** A CommonJS file loaded into every process of the grid first. */
  preload?: string;
  /** A home that is there already. */
  home?: string;
  /** Where its machines are; none: what GRID_TEST_COMPUTE says. */
  kind?: GroundKind;
}

export async function startGrid({ env = {}, token, preload, home = mkdtempSync(join(tmpdir(), 'grid-test-')), kind = GROUND }: GridOptions = {}): Promise<TestGrid> {
  const api = `127.0.0.1:${await freePort()}`;
  const all: NodeJS.ProcessEnv = {
    ...withoutTemporal(process.env), GRID_HOME: home, LISTEN: api, GRID_API: `http://${api}`,
    GRID_TEMPORAL_PORT: String(await freePort()), GRID_LOG_LEVEL: 'warn',
    PATH: `${process.env.GRID_TEST_TEMPORAL_BIN ? join(process.env.GRID_TEST_TEMPORAL_BIN, '..') + ':' : ''}${process.env.PATH}`,
    ...(preload ? { NODE_OPTIONS: `--require ${preload}` } : {}), ...env,
  };
  const up = spawn(process.execPath, [join(ROOT, 'dist/grid.js'), 'up'], { env: all, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  up.stdout.on('data', (d: Buffer) => said.push(String(d)));
  up.stderr.on('data', (d: Buffer) => said.push(String(d)));
  const opening = openMachineGround(kind, home);
  const upOrClosed = ready({ api: `http://${api}`, token }, up, said, home).catch(async (error: unknown) => {
    await (await opening).close();
    throw error;
  });
  const [ground] = await Promise.all([opening, upOrClosed]);
  if (ground.own) await define({ api: `http://${api}`, token }, ground.compute, ground.own);
  return { api: `http://${api}`, token, home, env: all, ground, pidOf: (name) => pidOf(home, name), stop: () => stop(up), end: () => end(home, up, ground) };
}

type Way = Pick<TestGrid, 'api' | 'token'>;

/** What says who asks. */
export const bearer = ({ token }: Pick<TestGrid, 'token'>): Record<string, string> => (token === undefined ? {} : { authorization: `Bearer ${token}` });

async function define(grid: Way, compute: string, connector: string): Promise<void> {
  const answer = await fetch(`${grid.api}/api/v1/computes/${compute}`, { method: 'PUT', headers: { 'content-type': 'application/json', ...bearer(grid) }, body: JSON.stringify({ connector }) });
  if (answer.status !== 201) throw new Error(`compute ${compute}: ${answer.status} ${await answer.text()}`);
}

/** What `npm start` does not say in tests is in here: the logs, when the grid does not come up. */
async function ready(grid: Way, up: ChildProcess, said: string[], home: string): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; ) {
    const answer = await fetch(`${grid.api}/api/v1/lifecycles/compute/host`, { headers: bearer(grid) }).then((r) => (r.ok ? r.json() : null), () => null) as { state?: string } | null;
    if (answer?.state === 'ready') return;
    if (up.exitCode !== null) break;
    await sleep(50);
  }
  up.kill('SIGKILL');
  throw new Error(`the grid did not come up:\n${said.join('')}\n${logs(home)}`);
}

export function logs(home: string): string {
  const dir = join(home, 'logs');
  return existsSync(dir) ? readdirSync(dir).filter((f) => !f.startsWith('temporal')).map((f) => `--- ${f}\n${readFileSync(join(dir, f), 'utf8').slice(-3000)}`).join('\n') : '';
}

async function stop(up: ChildProcess): Promise<void> {
  up.kill('SIGTERM');
  if (up.exitCode === null) await once(up, 'exit');
}

async function end(home: string, up: ChildProcess, ground: MachineGround): Promise<void> {
  await stop(up);
  for (const pid of labelled(home)) kill(pid);
  await ground.close();
  rmSync(home, { recursive: true, force: true });
}

/** Processes of machines and scripts of this grid, found by their label: the audit of what was left behind. */
export const labelled = (home: string): number[] => labelledProcesses(home).map(({ pid }) => pid);

/** The same with what is in their environments; those in containers are processes of this host too. */
export function labelledProcesses(home: string): { pid: number; environ: string[] }[] {
  const grid = readFileSync(join(home, 'grid-id'), 'utf8').trim();
  const all = readdirSync('/proc').filter((p) => /^\d+$/.test(p)).map((pid) => ({ pid: Number(pid), environ: environOf(pid) }));
  return all.filter(({ environ }) => environ.includes(`GRID_ID=${grid}`) && environ.some((e) => /^GRID_(MACHINE|RUN|CHILD)=/.test(e)));
}

function environOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}

/** The process of this host that has this number inside a machine, where containers number theirs by themselves. */
export function pidHere(home: string, machine: string, pid: number): number {
  const inside = (here: number) => Number(/^NSpid:.*?(\d+)$/m.exec(readFileSync(`/proc/${here}/status`, 'latin1'))![1]);
  const found = labelledProcesses(home).filter(({ environ }) => environ.includes(`GRID_MACHINE=${machine}`)).find((one) => inside(one.pid) === pid);
  if (!found) throw new Error(`there is no process ${pid} in ${machine}`);
  return found.pid;
}

/** One of a container may be gone with the one before. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

function pidOf(home: string, name: string): number {
  const record = JSON.parse(readFileSync(join(home, 'run', `${name}.json`), 'utf8')) as { pid: number };
  return record.pid;
}

const withoutTemporal = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(env).filter(([k]) => !k.startsWith('TEMPORAL_') && k !== 'NODE_OPTIONS'));
