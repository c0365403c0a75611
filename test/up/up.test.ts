import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { GridFile } from '../../cli/up/grid_file';
import { identify, isAlive, type ProcessIdentity } from '../../cli/up/process_identity';
import { freePort, logs } from '../support/grid';

const GRID = join(__dirname, '../../dist/grid.js');
const NAMES = ['temporal', 'control', 'api'] as const;

let home: string;
let env: NodeJS.ProcessEnv;
const started: ChildProcess[] = [];

async function newHome(): Promise<void> {
  home = mkdtempSync(join(tmpdir(), 'grid-up-'));
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_')));
  env = {
    ...own,
    GRID_HOME: home,
    LISTEN: `127.0.0.1:${await freePort()}`,
    GRID_TEMPORAL_PORT: String(await freePort()),
    GRID_CATALOG: mkdtempSync(join(home, 'catalog-')),
    PATH: `${join(process.env.GRID_TEST_TEMPORAL_BIN!, '..')}:${process.env.PATH}`,
  };
}

async function clear(): Promise<void> {
  for (const child of started.splice(0)) await end(child, 'SIGTERM');
  // Where a test failed, something may be left.
  for (const identity of recorded()) if (isAlive(identity)) process.kill(identity.pid, 'SIGKILL');
  rmSync(home, { recursive: true, force: true });
}

interface Up {
  child: ChildProcess;
  said(): string;
  /** Waits until it has said this. */
  says(text: RegExp): Promise<void>;
}

function up(args: string[] = [], more: NodeJS.ProcessEnv = {}): Up {
  const child = spawn(process.execPath, [GRID, 'up', ...args], { env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let text = '';
  let wake: () => void = () => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part: Buffer) => {
      text += String(part);
      wake();
    });
  }
  child.once('exit', () => wake());
  const says = async (wanted: RegExp) => {
    while (!wanted.test(text)) {
      if (child.exitCode !== null || child.signalCode) throw new Error(`it ended without saying ${wanted}:\n${text}\n${logs(home)}`);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return { child, said: () => text, says };
}

const isUp = /Service Grid is up/;

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

const json = <T>(name: string) => JSON.parse(readFileSync(join(home, name), 'utf8')) as T;
const recorded = () => NAMES.filter((name) => existsSync(join(home, 'run', `${name}.json`))).map((name) => json<ProcessIdentity>(`run/${name}.json`));
const answers = () => fetch(`http://${env.LISTEN}/readyz`).then((r) => r.ok, () => false);

async function until(condition: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await condition()); await sleep(25)) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms:\n${logs(home)}`);
  }
}

describe('a grid, from its first start to its end', () => {
  let grid: Up;
  let id: string;
  beforeAll(async () => {
    await newHome();
    grid = up();
    await grid.says(isUp);
    id = readFileSync(join(home, 'grid-id'), 'utf8');
  });
  afterAll(clear);

  it('says where its API and its Temporal UI are, and both answer', async () => {
    const ui = `http://127.0.0.1:${Number(env.GRID_TEMPORAL_PORT) + 1000}`;
    expect(grid.said()).toContain(`http://${env.LISTEN}`);
    expect(grid.said()).toContain(`${ui}/namespaces/servicegrid/workflows`);
    expect(await answers()).toBe(true);
    expect((await fetch(ui)).ok).toBe(true);
    expect(existsSync(join(home, 'temporal-1.31.db'))).toBe(true);
    expect(json<GridFile>('grid.json')).toMatchObject({
      ...identify(grid.child.pid!),
      grid: id,
      api: `http://${env.LISTEN}`,
      temporalAddress: `127.0.0.1:${env.GRID_TEMPORAL_PORT}`,
      namespace: 'servicegrid',
      uiUrl: ui,
    });
  });

  it('refuses a second one on its home, saying who runs it, since when and where', async () => {
    const second = up([], { LISTEN: `127.0.0.1:${await freePort()}` });
    await once(second.child, 'exit');
    expect(second.child.exitCode).toBe(1);
    const { startedAt } = json<GridFile>('grid.json');
    expect(second.said()).toContain(`process ${grid.child.pid}, since ${startedAt}, at http://${env.LISTEN}`);
    expect(await answers()).toBe(true);
  });

  it.each(NAMES)('starts %s again when it is killed', async (name) => {
    const killed = json<ProcessIdentity>(`run/${name}.json`);
    process.kill(killed.pid, 'SIGKILL');
    await grid.says(new RegExp(`${name} ended with SIGKILL; starting it again`));
    await until(async () => isAlive(json<ProcessIdentity>(`run/${name}.json`)) && (await answers()));
    expect(json<ProcessIdentity>(`run/${name}.json`).pid).not.toBe(killed.pid);
  });

  it('comes up again on the same history after kill -9 of itself, and no process of the killed one is left', async () => {
    const left = recorded();
    await end(grid.child, 'SIGKILL');
    grid = up(['--', 'no-such-command', '--json']);
    await grid.says(isUp);
    expect(left.some(isAlive)).toBe(false);
    expect(json<GridFile>('grid.json')).toMatchObject({ grid: id, pid: grid.child.pid });
  });

  it('runs the first command it was given, says how that ended, and stays', async () => {
    await grid.says(/that command ended with exit code 2; the grid stays up/);
    expect(await answers()).toBe(true);
  });

  it('ends all of its processes at Ctrl-C, also where the terminal and npm both deliver it', async () => {
    const children = recorded();
    expect(children.filter(isAlive)).toHaveLength(NAMES.length);
    grid.child.kill('SIGINT');
    await end(grid.child, 'SIGINT');
    expect(grid.child.exitCode).toBe(0);
    expect(children.some(isAlive)).toBe(false);
    expect(existsSync(join(home, 'grid.json'))).toBe(false);
  });
});

describe('a grid on a server it is given', () => {
  beforeAll(newHome);
  afterAll(clear);

  it('starts none of its own, and prepares its namespace there', async () => {
    const namespace = `foreign-${Date.now()}`;
    const given = { TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS!, TEMPORAL_NAMESPACE: namespace };
    const grid = up([], given);
    await grid.says(isUp);
    expect(existsSync(join(home, 'run', 'temporal.json'))).toBe(false);
    expect(json<GridFile>('grid.json')).toMatchObject({ temporalAddress: given.TEMPORAL_ADDRESS, namespace });
    const connection = await Connection.connect({ address: given.TEMPORAL_ADDRESS });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    await connection.close();
    expect(Object.keys(customAttributes).sort()).toEqual(['GridBlocked', 'GridChangedAt', 'GridKind', 'GridOwner', 'GridState']);
  });
});

describe('grid up says why it cannot, and leaves nothing running', () => {
  beforeEach(newHome);
  afterEach(clear);

  async function refused(more: NodeJS.ProcessEnv): Promise<string> {
    const grid = up([], more);
    await once(grid.child, 'exit');
    expect(grid.child.exitCode).toBe(1);
    expect(recorded().some(isAlive)).toBe(false);
    expect(existsSync(join(home, 'grid.json'))).toBe(false);
    return grid.said();
  }

  it('for a wrong variable: its name, its value, what is allowed', async () => {
    const said = await refused({ GRID_TEMPORAL_PORT: 'seven' });
    expect(said).toContain('GRID_TEMPORAL_PORT=seven');
    expect(said).toContain('1 to 64535');
  });

  it('for an address of the API that is in use', async () => {
    const other = createServer().listen(Number(env.LISTEN!.split(':')[1]), '127.0.0.1');
    await once(other, 'listening');
    expect(await refused({})).toContain(`${env.LISTEN} is in use`);
    await new Promise((resolve) => other.close(resolve));
  });

  it('for a given server that does not answer', async () => {
    expect(await refused({ TEMPORAL_ADDRESS: '127.0.0.1:1' })).toContain('the Temporal server at 127.0.0.1:1 does not answer');
  });

  it('for Ctrl-C before it is up', async () => {
    const grid = up();
    await until(() => existsSync(join(home, 'run', 'temporal.json')));
    await end(grid.child, 'SIGINT');
    expect(grid.child.exitCode).toBe(0);
    expect(grid.said()).toContain('stopped before it was up');
    expect(isAlive(json<ProcessIdentity>('run/temporal.json'))).toBe(false);
    expect(existsSync(join(home, 'grid.json'))).toBe(false);
  });
});
