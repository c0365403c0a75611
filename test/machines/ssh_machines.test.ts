import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDriver } from '../../activities/machines/open_driver';
import { testNeeding } from '../support/parts';
import { never, openGround, openWatch, printed, sh, type Ground } from './process_ground';
import { openSshHost, type SshHost } from './ssh_ground';

const test = testNeeding(['sshd']);

let host: SshHost;
let ground: Ground;

beforeAll(async () => {
  host = await openSshHost();
  ground = openGround(host.connector({ net: '127.99', cpu: '3', memMiB: '4096' }));
});
afterEach(() => ground.stopAll());
afterAll(async () => {
  const left = { pids: await ground.pids(), machines: readdirSync(join(host.home, 'machines')).filter((name) => name !== 'started'), disks: readdirSync(join(host.home, 'disks')) };
  await host.close();
  rmSync(ground.gridHome, { recursive: true, force: true });
  expect(left).toEqual({ pids: [], machines: [], disks: [] });
});

const another = (more: Partial<Parameters<typeof openDriver>[0]> = {}) =>
  openDriver({ name: 'host', connector: host.connector({ net: '127.99' }), gridHome: ground.gridHome, grid: ground.grid, ...more });

test('a host that never saw the grid gets its program, and says what it has', async () => {
  expect(await ground.driver.capacity()).toMatchObject({
    hosts: [{ cpu: 3, memMiB: 4096 }], networks: [{ name: 'admin', first: '127.99.0.1' }, { name: 'storage' }], diskRoot: join(host.home, 'disks'),
  });
  expect(readdirSync(join(host.home, 'bin'))).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
});

test('a host tells its clock and the room on its disk', async () => {
  const askedAt = Date.now();
  const { now, disk } = (await ground.driver.vitals!());
  expect([now! >= askedAt, now! <= Date.now(), disk!.freeMiB > 0, disk!.freeMiB <= disk!.totalMiB]).toEqual([true, true, true, true]);
});

test('a machine is started once, found, listed, adopted by another driver, and stopped with all of it', async () => {
  const started = await ground.start('web', ['sleep', '300'], { networks: [{ device: 'eth0', network: 'admin', address: '127.99.0.7' }] });
  expect(started).toMatchObject({ id: 'web', compute: 'host', state: 'running', address: '127.99.0.7', ref: { dir: join(host.home, 'machines', 'web') } });
  expect(await ground.start('web', ['sleep', '300'])).toMatchObject({ ref: started.ref });
  expect(await another().start(ground.spec('web', ['sleep', '300']), never)).toMatchObject({ ref: started.ref });
  expect(await ground.find('web')).toEqual(started);
  expect(await ground.driver.list()).toEqual([started]);
  expect(await ground.driver.list(started.owner)).toEqual([started]);
  expect(await ground.driver.list('cluster/nobody/x/1/1')).toEqual([]);
  expect(await ground.find('nothing')).toBeUndefined();
  expect(await ground.pids('web')).toHaveLength(2);
  await ground.stop('web');
  await ground.stop('web');
  expect(await ground.find('web')).toBeUndefined();
  expect(await ground.pids('web')).toEqual([]);
});

test('machines of another grid on the same host are not seen, and their names are refused', async () => {
  await ground.start('theirs', ['sleep', '300']);
  const other = another({ grid: 'another-grid' });
  expect(await other.list()).toEqual([]);
  await expect(other.start(ground.spec('theirs'), never)).rejects.toMatchObject({ problem: { status: 409, code: 'foreign_machine' } });
  await other.stop('theirs', { graceMs: 0 }, never);
  expect(await ground.find('theirs')).toMatchObject({ state: 'running' });
});

test('a command runs in the machine, with what it is given, whatever is in it', async () => {
  await ground.start('shelly', ['sleep', '300']);
  const hostile = `'; touch "$HOME/x" #\u2028 $(id) \\ "中`;
  expect(await ground.driver.exec('shelly', { argv: sh('printf %s "$1"; cat; echo err >&2; exit 3', hostile), stdin: 'given', timeoutMs: 20_000 }, never)).toEqual({
    exit: 3, signal: null, stdout: `${hostile}given`, stderr: 'err\n', truncated: false, timedOut: false,
  });
  await expect(ground.driver.exec('nowhere', { argv: ['true'], timeoutMs: 20_000 }, never)).rejects.toMatchObject({ problem: { status: 404, code: 'no_machine' } });
});

test('a cancelled command is ended there, before the call rejects with the reason', async () => {
  await ground.start('cancelled', ['sleep', '300']);
  const controller = new AbortController();
  const call = ground.driver.exec('cancelled', { argv: sh('sleep 300 & sleep 300'), timeoutMs: 60_000 }, controller.signal);
  while ((await ground.pids('cancelled')).length < 5) await new Promise(setImmediate);
  controller.abort(new Error('cancelled by test'));
  await expect(call).rejects.toThrow('cancelled by test');
  expect(await ground.pids('cancelled')).toHaveLength(2);
});

test('what it prints is read, all of it, and waited for', async () => {
  await ground.start('talking', sh('seq 1 30000; mkfifo pipe; exec 4<>pipe; read -r line <&4; echo "$line"; sleep 300'));
  const text = printed(ground, 'talking', /heard\n/);
  await ground.driver.exec('talking', { argv: sh('while ! test -p pipe; do sleep 0.02; done; echo heard >pipe'), timeoutMs: 20_000 }, never);
  expect(await text).toBe(`${Array.from({ length: 30_000 }, (_, i) => i + 1).join('\n')}\nheard\n`);
});

test('more calls at once than sshd takes channels for', async () => {
  const ids = Array.from({ length: 24 }, (_, i) => `many-${i}`);
  await Promise.all(ids.map((id) => ground.start(id, ['sleep', '300'])));
  expect((await ground.driver.list()).map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(host.programs()).toHaveLength(3);
  await Promise.all(ids.map((id) => ground.stop(id, 0)));
});

test('a kill -9 of init is told, with its exit and last words, until somebody heard', async () => {
  let refused = 0;
  const watch = openWatch(ground, async () => { if (refused++ === 0) throw new Error('not now'); });
  const { ref } = await ground.start('killed', sh('echo last words; sleep 300'));
  await printed(ground, 'killed', /words/);
  process.kill(Number(ref['pid']), 'SIGKILL');
  // What was not heard is told again when something else happens there.
  while (refused === 0) await new Promise(setImmediate);
  await ground.start('noise', ['sleep', '300']);
  expect(await watch.deathOf('killed')).toMatchObject({ owner: 'cluster/test/reference/1.0.0/1', generation: 1, exit: { code: null, signal: null }, lastOutput: 'last words\n' });
  expect(await ground.find('killed')).toMatchObject({ state: 'dead' });
  await watch.close();
});

test('a connection stays, however long it is used', async () => {
  await ground.start('stays', ['sleep', '300']);
  const [program] = host.programs();
  expect(await ground.driver.exec('stays', { argv: sh('sleep 10.5; echo there'), timeoutMs: 30_000 }, never)).toMatchObject({ exit: 0, stdout: 'there\n' });
  expect(host.programs()).toContain(program);
});
