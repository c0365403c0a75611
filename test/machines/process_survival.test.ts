import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { openGround, openWatch, printed, sh } from './process_ground';
import type { Machine, MachineSpec } from '../../model/machine';

const ground = openGround();
afterEach(() => ground.stopAll());
afterAll(() => ground.audit());

/** Descriptors 5 and 40: Node keeps low ones from its children by itself, high ones it does not. */
const HANDED_ON = Array.from({ length: 38 }, (_, i) => (i + 3 === 5 || i + 3 === 40 ? 'pipe' : 'ignore'));

/** The driver as it is shipped: one bundle, in a process of its own. */
function starter(specs: MachineSpec[]): { child: ChildProcess; started: Promise<Machine[]> } {
  const bundle = join(ground.gridHome, 'driver.cjs');
  buildSync({ entryPoints: [resolve(__dirname, '../../activities/machines/open_driver.ts')], outfile: bundle, bundle: true, platform: 'node', format: 'cjs', packages: 'external' });
  const program = `
    const { openDriver } = require(process.argv[1]);
    const { options, specs } = JSON.parse(process.argv[2]);
    const driver = openDriver(options);
    Promise.all(specs.map((spec) => driver.start(spec, new AbortController().signal)))
      .then((machines) => { console.log(JSON.stringify(machines)); setInterval(() => {}, 1e6); });`;
  const options = { name: 'host', connector: 'process:', gridHome: ground.gridHome, grid: ground.grid };
  // The bundle lies where no packages are.
  const env = { ...process.env, NODE_PATH: resolve(__dirname, '../../node_modules') };
  const child = spawn(process.execPath, ['-e', program, bundle, JSON.stringify({ options, specs })], { detached: true, env, stdio: ['ignore', 'pipe', 'inherit', ...HANDED_ON] });
  return { child, started: once(child.stdout!, 'data').then(([chunk]) => JSON.parse(String(chunk)) as Machine[]) };
}

test.each([
  ['killed', (pid: number) => process.kill(pid, 'SIGKILL')],
  ['ended with its whole group and session, as a terminal does', (pid: number) => process.kill(-pid, 'SIGHUP')],
])('machines live on when the process that started them is %s, and another finds, adopts, watches and stops them', async (_, end) => {
  const specs = ['survivor-1', 'survivor-2'].map((id) => ground.spec(id, sh('echo alive; exec sleep 300')));
  const { child, started } = starter(specs);
  const before = await started;
  end(child.pid!);
  await once(child, 'exit');

  expect(await ground.driver.list()).toEqual(before);
  expect(await Promise.all(specs.map(({ id, command }) => ground.start(id, command)))).toEqual(before);
  await printed(ground, 'survivor-1', /alive/);
  expect(await ground.driver.exec('survivor-1', { argv: ['echo', 'still here'], timeoutMs: 5_000 }, new AbortController().signal)).toMatchObject({ stdout: 'still here\n' });
  const watch = openWatch(ground);
  process.kill(Number(before[1]!.ref['pid']), 'SIGKILL');
  expect(await watch.deathOf('survivor-2')).toMatchObject({ lastOutput: 'alive\n' });
  await watch.close();
  await ground.stop('survivor-1');
  expect(await ground.pids('survivor-1')).toEqual([]);
});

test('a machine holds open nothing that its starter was itself handed, so nobody waits for it', async () => {
  const { child, started } = starter([ground.spec('heir', ['sleep', '300'])]);
  await started;
  const pipes = [1, 5, 40].map((fd) => (child.stdio as (Socket | null)[])[fd]!);
  const ends = pipes.map((pipe) => once(pipe.resume(), 'close'));
  child.kill('SIGKILL');
  await Promise.all(ends);
  expect(await ground.find('heir')).toMatchObject({ state: 'running' });
});

test('a starter killed in the middle of its starts, whenever that is, leaves at most one machine of each name, and a second start makes it so', async () => {
  const specs = Array.from({ length: 4 }, (_, i) => ground.spec(`cut-${i}`, ['sleep', '300']));
  for (const afterMs of [0, 60, 120, 180, 240]) {
    const { child } = starter(specs);
    await new Promise((elapsed) => setTimeout(elapsed, afterMs));
    child.kill('SIGKILL');
    await once(child, 'exit');
    await Promise.all(specs.map(({ id, command }) => ground.start(id, command)));
    const listed = await ground.driver.list();
    expect(listed.map(({ id, state }) => `${id} ${state}`)).toEqual(specs.map(({ id }) => `${id} running`));
    const inits = await Promise.all(specs.map(async ({ id }) => (await ground.pids(id)).filter(isInit)));
    // An init that lost may still be on its way out.
    expect(listed.every(({ ref }, i) => inits[i]!.includes(Number(ref['pid'])))).toBe(true);
    await ground.stopAll();
    expect(await ground.pids()).toEqual([]);
  }
});

const isInit = (pid: number) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('../init\0');
  } catch {
    return false;
  }
};

test('fifty machines start and stop together, each for little', async () => {
  const ids = Array.from({ length: 50 }, (_, i) => `many-${i}`);
  const begun = performance.now();
  const machines = await Promise.all(ids.map((id) => ground.start(id)));
  const startedMs = performance.now() - begun;
  expect(new Set(machines.map(({ ref }) => ref['pid'])).size).toBe(50);
  expect(await ground.pids()).toHaveLength(50);
  const memory = machines.map(({ ref }) => memoryOf(Number(ref['pid'])));
  const watch = openWatch(ground);
  const listBegun = performance.now();
  expect(await ground.driver.list()).toHaveLength(50);
  const listedMs = performance.now() - listBegun;
  const stopBegun = performance.now();
  await Promise.all(ids.map((id) => ground.stop(id)));
  const stoppedMs = performance.now() - stopBegun;
  await watch.close();
  expect(watch.deaths).toEqual([]);
  expect(await ground.pids()).toEqual([]);
  const mean = (of: (m: { rssKiB: number; privateKiB: number }) => number) => Math.round(memory.reduce((sum, m) => sum + of(m), 0) / memory.length);
  console.log(`50 machines: started in ${Math.round(startedMs)} ms, listed in ${Math.round(listedMs)} ms, stopped in ${Math.round(stoppedMs)} ms; `
    + `an init holds ${mean((m) => m.rssKiB)} KiB, ${mean((m) => m.privateKiB)} KiB of it its own`);
  expect(startedMs).toBeLessThan(20_000);
  expect(mean((m) => m.privateKiB)).toBeLessThan(1024);
});

function memoryOf(pid: number): { rssKiB: number; privateKiB: number } {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1]);
  return { rssKiB: kib('Rss'), privateKiB: kib('Private_Clean') + kib('Private_Dirty') };
}
