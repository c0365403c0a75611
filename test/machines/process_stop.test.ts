import { existsSync, mkdirSync, readFileSync, rmSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { statProcess } from '../../activities/processes/identity';
import { openDriver } from '../../activities/machines/open_driver';
import { never, openGround, openWatch, printed, sh } from './process_ground';

const ground = openGround();
afterEach(() => ground.stopAll());
afterAll(() => ground.audit());

const gone = async (id: string) => ({ pids: await ground.pids(id), there: existsSync(join(ground.gridHome, 'machines', id)), found: await ground.find(id) });
const nothing = { pids: [], there: false, found: undefined };

test('the command is asked to end once, may take its time, and is not cut short', async () => {
  const witness = join(ground.gridHome, 'witness');
  await ground.start('gentle', sh('trap "echo asked >>$1; sleep 0.3; echo ended >>$1; exit 0" TERM; echo ready; while :; do sleep 0.05; done', witness));
  await printed(ground, 'gentle', /ready/);
  await ground.stop('gentle');
  expect(readFileSync(witness, 'utf8')).toBe('asked\nended\n');
  expect(await gone('gentle')).toEqual(nothing);
});

test('children of the command get the same time, although the command itself ended at once', async () => {
  const witness = join(ground.gridHome, 'child-witness');
  await ground.start('workers', sh('sh -c \'trap "sleep 0.3; echo saved >$1; exit 0" TERM; echo ready; while :; do sleep 0.05; done\' sh "$1" & wait', witness));
  await printed(ground, 'workers', /ready/);
  await ground.stop('workers');
  expect(readFileSync(witness, 'utf8')).toBe('saved\n');
});

test('a command that will not end is killed when its time is over', async () => {
  await ground.start('stubborn', sh('trap "" TERM; echo ready; while :; do sleep 300; done'));
  await printed(ground, 'stubborn', /ready/);
  const begun = Date.now();
  await ground.stop('stubborn', 300);
  expect(Date.now() - begun).toBeGreaterThanOrEqual(295);
  expect(Date.now() - begun).toBeLessThan(3_000);
  expect(await gone('stubborn')).toEqual(nothing);
});

test('what left the group and the session is found and ended', async () => {
  await ground.start('daemon', sh('setsid sh -c "setsid sleep 300 & exec sleep 300" & setsid sh -c \'trap "" TERM; echo ready; sleep 300\' & wait'));
  await printed(ground, 'daemon', /ready/);
  await ground.stop('daemon', 300);
  expect(await gone('daemon')).toEqual(nothing);
});

test('what left the group and has no environment any more is found and ended by the descriptor it was given', async () => {
  await ground.start('nameless', sh('env -i /usr/bin/env setsid /bin/sh -c \'exec </dev/null >/dev/null 2>&1; echo $$ >pid; exec /bin/sleep 300\' & while ! test -s pid; do sleep 0.02; done; echo ready; wait'));
  await printed(ground, 'nameless', /ready/);
  const pid = Number(readFileSync(join(ground.gridHome, 'machines', 'nameless', 'root', 'pid'), 'utf8'));
  expect(await ground.pids('nameless')).not.toContain(pid);
  await ground.stop('nameless');
  expect(statProcess(pid)?.alive ?? false).toBe(false);
});

test.each([['the init', (pid: number) => pid], ['the whole group', (pid: number) => -pid]])('after kill -9 of %s a stop leaves nothing', async (_, target) => {
  const watch = openWatch(ground);
  const machine = await ground.start('killed', sh('setsid sleep 300 & echo ready; sleep 300'));
  await printed(ground, 'killed', /ready/);
  process.kill(target(Number(machine.ref['pid'])), 'SIGKILL');
  await watch.deathOf('killed');
  expect(await ground.find('killed')).toMatchObject({ state: 'dead', exit: { code: null, signal: null }, lastOutput: 'ready\n' });
  await ground.stop('killed');
  expect(await gone('killed')).toEqual(nothing);
});

test('a stop of what is gone, was never there, or is being stopped is fine', async () => {
  await ground.start('twice', sh('sleep 300'));
  await Promise.all([ground.stop('twice'), ground.stop('twice'), ground.stop('twice')]);
  await ground.stop('twice');
  await ground.stop('never-there');
  expect(await gone('twice')).toEqual(nothing);
});

test('a machine whose directory was removed by somebody is still ended', async () => {
  await ground.start('homeless', ['sleep', '300']);
  rmSync(join(ground.gridHome, 'machines', 'homeless'), { recursive: true });
  expect(await ground.find('homeless')).toBeUndefined();
  await ground.stop('homeless');
  expect(await ground.pids('homeless')).toEqual([]);
});

test('a stop that is cancelled ends at once, and the next one ends the machine', async () => {
  await ground.start('cancelled', sh('trap "" TERM; echo ready; sleep 300'));
  await printed(ground, 'cancelled', /ready/);
  const controller = new AbortController();
  const stopped = ground.driver.stop('cancelled', { graceMs: 60_000 }, controller.signal);
  setTimeout(() => controller.abort(new Error('cancelled')), 50);
  await expect(stopped).rejects.toThrow('cancelled');
  await ground.stop('cancelled', 0);
  expect(await gone('cancelled')).toEqual(nothing);
});

test('a stop removes the machine it was asked for and no other', async () => {
  await Promise.all([ground.start('one', ['sleep', '300']), ground.start('one-more', ['sleep', '300'])]);
  await ground.stop('one');
  expect(await ground.find('one-more')).toMatchObject({ state: 'running' });
});

test('a link that a machine put in the place of its disk is removed, and not what it leads to', async () => {
  const origin = join(ground.gridHome, 'disks', 'data', '1', 'node');
  const precious = join(ground.gridHome, 'precious');
  mkdirSync(precious);
  writeFileSync(join(precious, 'file'), '');
  await ground.start('linker', ['sleep', '300'], { disks: [{ name: 'disk1', origin, destination: '/data', mode: 'rw' }] });
  rmdirSync(origin);
  symlinkSync(precious, origin);
  await ground.stop('linker', 0);
  expect([existsSync(join(precious, 'file')), existsSync(origin)]).toEqual([true, false]);
});

test('the machine of another compute in the same home is neither seen nor stopped', async () => {
  const other = openDriver({ name: 'other', connector: 'process:?cpu=1', gridHome: ground.gridHome, grid: ground.grid });
  await ground.start('neighbour', ['sleep', '300']);
  expect(await other.find('neighbour')).toBeUndefined();
  expect(await other.list()).toEqual([]);
  await other.stop('neighbour', { graceMs: 0 }, never);
  expect(await ground.find('neighbour')).toMatchObject({ state: 'running' });
});
