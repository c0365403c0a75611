import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { holdHome, type GridFile } from '../../cli/up/grid_file';
import { identify, isAlive } from '../../cli/up/process_identity';

const ABOUT = { grid: 'abcd', startedAt: '2026-01-02T03:04:05.000Z', api: 'http://127.0.0.1:5000', namespace: 'servicegrid' };

let home: string;
let starter: string;
beforeAll(() => {
  starter = join(mkdtempSync(join(tmpdir(), 'grid-starter-')), 'starter.cjs');
  const contents = `
    import { holdHome } from './cli/up/grid_file';
    try {
      holdHome(process.argv[2], ${JSON.stringify(ABOUT)});
      console.log('holds');
      process.stdin.resume();
    } catch (error) {
      console.log(error.code + ' ' + error.message);
    }`;
  buildSync({ stdin: { contents, resolveDir: join(__dirname, '../..'), loader: 'ts' }, outfile: starter, bundle: true, platform: 'node', format: 'cjs' });
});
afterAll(() => rmSync(join(starter, '..'), { recursive: true, force: true }));
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'grid-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const file = () => JSON.parse(readFileSync(join(home, 'grid.json'), 'utf8')) as GridFile;

/** Another process that tries to hold the home: what it says, and how to end it. */
async function tryToHold() {
  const child = spawn(process.execPath, [starter, home], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [said] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  return { said, pid: child.pid!, end };
}

describe('one home, one grid', () => {
  it('is held by exactly one of many that start at once, also over the file of one that was killed', async () => {
    const dead = await tryToHold();
    await dead.end();
    const all = await Promise.all(Array.from({ length: 8 }, tryToHold));
    const holders = all.filter((one) => one.said === 'holds');
    expect(holders).toHaveLength(1);
    expect(file().pid).toBe(holders[0]!.pid);
    for (const other of all) if (other !== holders[0]) expect(other.said).toContain(`process ${holders[0]!.pid}`);
    await Promise.all(all.map((one) => one.end()));
    expect(readdirSync(home)).toEqual(['grid.json']);
  });

  it('names who holds it: process, since when, where', async () => {
    const holder = await tryToHold();
    const second = await tryToHold();
    expect(second.said).toBe(
      `already_running a grid runs on this home already: process ${holder.pid}, since ${ABOUT.startedAt}, at ${ABOUT.api}`,
    );
    await Promise.all([holder.end(), second.end()]);
  });

  it('is free again after kill -9, and when its pid was given to another process meanwhile', async () => {
    const holder = await tryToHold();
    await holder.end();
    expect(isAlive(file())).toBe(false);
    // The same number, another process: the start time tells.
    writeFileSync(join(home, 'grid.json'), JSON.stringify({ ...file(), pid: process.pid }));
    holdHome(home, ABOUT).release();
  });

  it('is free after a reboot, whatever runs under that number now', () => {
    writeFileSync(join(home, 'grid.json'), JSON.stringify({ ...ABOUT, ...identify(process.pid), bootId: 'another' }));
    holdHome(home, ABOUT).release();
  });

  it('says where everything is while it runs, and nothing afterwards', () => {
    const held = holdHome(home, ABOUT);
    held.publish({ temporalAddress: '127.0.0.1:7233', uiUrl: 'http://127.0.0.1:8233' });
    expect(file()).toMatchObject({ ...ABOUT, pid: process.pid, temporalAddress: '127.0.0.1:7233' });
    held.release();
    expect(readdirSync(home)).toEqual([]);
  });
});
