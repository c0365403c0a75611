import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { listParts, partsOf } from '../../activities/machines/parts';
import type { Problem } from '../../model/errors';
import { testNeeding } from '../support/parts';
import { never, openGround, openWatch, sh, type Ground } from './process_ground';
import { connectorOf, nameOf, openSshHost, type SshHost } from './ssh_ground';

const test = testNeeding(['sshd']);

let hosts: SshHost[];
let ground: Ground;

beforeAll(async () => {
  hosts = [await openSshHost(), await openSshHost(), await openSshHost()];
  ground = openGround(connectorOf(hosts, { net: '127.95', cpu: '2', [`cpu.${nameOf(hosts[1]!)}`]: '4', [`tags.${nameOf(hosts[2]!)}`]: 'ssd' }));
});
afterEach(() => ground.stopAll());
afterAll(async () => {
  const left = { pids: await ground.pids(), disks: hosts.flatMap(({ home }) => readdirSync(join(home, 'disks'), { recursive: true }).filter((path) => String(path).includes('node'))) };
  for (const host of hosts) await host.close();
  rmSync(ground.gridHome, { recursive: true, force: true });
  expect(left).toEqual({ pids: [], disks: [] });
});

const names = () => hosts.map(nameOf);
const away = (host: SshHost) => ({ problem: { status: 503, code: 'host_unreachable', message: expect.stringContaining(`host ${nameOf(host)} cannot be reached`) } });

test('several hosts are one compute, each with what it has', async () => {
  expect(await ground.driver.capacity()).toMatchObject({
    hosts: [{ name: names()[0], cpu: 2 }, { name: names()[1], cpu: 4 }, { name: names()[2], cpu: 2, tags: ['ssd'] }],
    networks: [{ name: 'admin', first: '127.95.0.1' }, { name: 'storage' }], diskRoot: '/data',
  });
});

test('a machine runs on the host of its place, with its disks there, and is found from anywhere', async () => {
  for (const [i, host] of names().entries()) {
    const disks = [{ name: 'disk1', origin: `/data/1/node${i}`, destination: '/store', mode: 'rw' as const }];
    expect(await ground.start(`at${i}`, sh('echo here >store/file; sleep 300'), { host, disks })).toMatchObject({ host, compute: 'host', ref: { dir: join(hosts[i]!.home, 'machines', `at${i}`) } });
  }
  expect((await ground.driver.list()).map(({ id, host }) => [id, host])).toEqual(names().map((host, i) => [`at${i}`, host]));
  expect(await ground.find('at2')).toMatchObject({ host: names()[2] });
  expect(await ground.find('nowhere')).toBeUndefined();
  expect(await ground.driver.exec('at1', { argv: sh('while ! cat store/file; do sleep 0.02; done'), timeoutMs: 20_000 }, never)).toMatchObject({ stdout: 'here\n' });
  expect(readFileSync(join(hosts[1]!.home, 'disks/1/node1/file'), 'utf8')).toBe('here\n');
  await ground.driver.stop('at1', { graceMs: 0, keepDisks: true }, never);
  expect(await ground.find('at1')).toBeUndefined();
  await ground.driver.wipe([{ name: 'disk1', origin: '/data/1/node1', destination: '/store', mode: 'rw' }]);
  expect(existsSync(join(hosts[1]!.home, 'disks/1/node1'))).toBe(false);
  await expect(ground.start('nohost', ['sleep', '300'], { host: 'host9' })).rejects.toMatchObject({ problem: { status: 409, code: 'no_such_host', fix: expect.stringContaining(names()[0]!) } });
  await expect(ground.driver.exec('nowhere', { argv: ['true'], timeoutMs: 20_000 }, never)).rejects.toMatchObject({ problem: { status: 404, code: 'no_machine' } });
});

test('a host that is away is named, hides nothing of the others, and none of its machines is dead', async () => {
  const [first, lost, last] = hosts as [SshHost, SshHost, SshHost];
  const reached: (Problem | null)[] = [];
  let heard = () => {};
  const told = async (what: (why: Problem | null) => boolean) => {
    while (reached.length === 0 || !what(reached.at(-1)!)) await new Promise<void>((resolve) => { heard = resolve; });
  };
  const watch = openWatch(ground);
  const reach = new AbortController();
  const reaching = ground.driver.watch(async () => {}, reach.signal, async (why) => { reached.push(why); heard(); });
  const there = await ground.start('there', ['sleep', '300'], { host: nameOf(lost) });
  const dies = await ground.start('dies', ['sleep', '300'], { host: nameOf(last) });
  await ground.start('lives', ['sleep', '300'], { host: nameOf(first) });
  await told((why) => why === null);
  await lost.stop();
  await told((why) => why !== null);
  expect(reached.at(-1)).toMatchObject(away(lost).problem);
  expect(await ground.find('lives')).toMatchObject({ state: 'running' });
  await expect(ground.find('there')).rejects.toMatchObject(away(lost));
  await expect(ground.driver.list()).rejects.toMatchObject(away(lost));
  const seen = await listParts(partsOf(ground.driver));
  expect([seen.machines.map(({ id }) => id).sort(), [...seen.away.keys()]]).toEqual([['dies', 'lives'], [nameOf(lost)]]);
  process.kill(Number(dies.ref['pid']), 'SIGKILL');
  expect(await watch.deathOf('dies')).toMatchObject({ machine: 'dies' });
  await ground.stop('lives');
  await lost.start();
  await told((why) => why === null);
  expect(await ground.find('there')).toEqual(there);
  expect(watch.deaths.map(({ machine }) => machine)).toEqual(['dies']);
  reach.abort();
  await Promise.all([watch.close(), reaching]);
});
