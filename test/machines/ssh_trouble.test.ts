import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDriver } from '../../activities/machines/open_driver';
import { testNeeding } from '../support/parts';
import { never, openGround, openWatch, printed, sh, type Ground } from './process_ground';
import { openSshHost, type SshHost } from './ssh_ground';

const test = testNeeding(['sshd']);

let host: SshHost;
let ground: Ground;

beforeEach(async () => {
  host = await openSshHost();
  ground = openGround(host.connector({ net: '127.98' }));
});
afterEach(async () => {
  await ground.stopAll().catch(() => {});
  const left = await ground.pids();
  for (const pid of left) process.kill(pid, 'SIGKILL');
  await host.close();
  rmSync(ground.gridHome, { recursive: true, force: true });
  expect(left).toEqual([]);
});

const open = (more: Record<string, string> = {}, gridHome = ground.gridHome) =>
  openDriver({ name: 'host', connector: host.connector({ net: '127.98', ...more }), gridHome, grid: ground.grid });

const unreachable = { problem: { status: 503, code: 'host_unreachable', message: expect.stringContaining('compute host: host 127.0.0.1:') } };

test('a host that is gone is unreachable and none of its machines is dead; when it is back all are found, and what died meanwhile is told', async () => {
  const watch = openWatch(ground);
  const lives = await ground.start('lives', ['sleep', '300']);
  const dies = await ground.start('dies', sh('echo bye; exec sleep 300'));
  await printed(ground, 'dies', /bye/);
  const running = ground.driver.exec('lives', { argv: ['sleep', '300'], timeoutMs: 300_000 }, never);
  while ((await ground.pids('lives')).length < 3) await new Promise(setImmediate);
  const cut = expect(running).rejects.toMatchObject(unreachable);
  await host.stop();
  await cut;
  await expect(ground.find('lives')).rejects.toMatchObject(unreachable);
  await expect(ground.driver.list()).rejects.toMatchObject(unreachable);
  await expect(ground.stop('lives')).rejects.toMatchObject(unreachable);
  process.kill(Number(dies.ref['pid']), 'SIGKILL');
  expect(watch.deaths).toEqual([]);
  await host.start();
  expect(await watch.deathOf('dies')).toMatchObject({ lastOutput: 'bye\n' });
  expect(await ground.find('lives')).toEqual(lives);
  expect(watch.deaths.map(({ machine }) => machine)).toEqual(['dies']);
  await watch.close();
});

test('what the grid runs there ends with the connection, and what was executed too; the machines do not', async () => {
  await ground.start('stays', ['sleep', '300']);
  void ground.driver.exec('stays', { argv: ['sleep', '299'], timeoutMs: 300_000 }, never).catch(() => {});
  while ((await ground.pids('stays')).length < 3) await new Promise(setImmediate);
  await host.stop();
  while (host.programs().length > 0) await new Promise(setImmediate);
  expect(await ground.pids('stays')).toHaveLength(2);
  await host.start();
});

test('a watch of a host that is gone can be called off', async () => {
  await host.stop();
  const watch = openWatch(ground);
  await watch.close();
  await host.start();
});

test('a host that is known by nothing is refused with its fingerprint, and nothing of it is kept', async () => {
  const unknown = { problem: { status: 409, code: 'unknown_host_key', evidence: host.fingerprint(), fix: expect.stringContaining(`hostkey=${host.fingerprint()}`) } };
  await expect(open({ hostkey: '' }).capacity()).rejects.toMatchObject(unknown);
  await expect(open({ hostkey: '' }).start(ground.spec('never'), never)).rejects.toMatchObject(unknown);
  await expect(open({ hostkey: '' }).watch(async () => {}, never)).rejects.toMatchObject(unknown);
  expect(readdirSync(ground.gridHome)).not.toContain('known_hosts');
});

test('a key that is not the pinned one is refused, before and after the host got another one', async () => {
  const pinned = host.fingerprint();
  const wrong = () => ({ problem: { status: 409, code: 'wrong_host_key', evidence: host.fingerprint() } });
  await expect(open({ hostkey: `SHA256:${'A'.repeat(43)}` }).capacity()).rejects.toMatchObject(wrong());
  await host.stop();
  host.newHostKey();
  await host.start();
  await expect(open({ hostkey: pinned }).capacity()).rejects.toMatchObject(wrong());
  expect(await open().capacity()).toMatchObject({ hosts: [{}] });
});

test('a login that is refused, a key that is missing and one that is none are told apart, without the key', async () => {
  const other = join(host.dir, 'host_key_0');
  const none = join(host.dir, 'none');
  writeFileSync(none, 'no key, but a secret');
  await expect(open({ key: other }).capacity()).rejects.toMatchObject({ problem: { status: 422, code: 'login_refused' } });
  await expect(open({ key: `${none}.missing` }).capacity()).rejects.toMatchObject({ problem: { status: 422, code: 'bad_key' } });
  const refused = open({ key: none }).capacity();
  await expect(refused).rejects.toMatchObject({ problem: { status: 422, code: 'bad_key' } });
  expect(JSON.stringify(await refused.catch((error: { problem: unknown }) => error.problem))).not.toContain('secret');
});

test('a host without Node and one with an old Node say so', async () => {
  await host.stop();
  const bin = join(host.dir, 'bin');
  host.useTools(bin);
  await host.start();
  await expect(open().capacity()).rejects.toMatchObject({ problem: { status: 422, code: 'node_missing' } });
  writeFileSync(join(bin, 'node'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  await expect(open().capacity()).rejects.toMatchObject({ problem: { status: 422, code: 'node_too_old' } });
});

test('a home that cannot be made is said', async () => {
  writeFileSync(join(host.dir, 'file'), '');
  await expect(open({ home: join(host.dir, 'file', 'home') }).capacity()).rejects.toMatchObject({ problem: { status: 503, code: 'upload_failed' } });
});
