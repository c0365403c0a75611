import { readdirSync, renameSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { grid as run } from '../support/cli';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, launch, until, verb, read } from '../support/http';
import { describeNeeding, testNeeding } from '../support/parts';
import { putProduct } from '../support/product';
import { byTheBook } from '../support/runbook';
import { expectInstances, install, uninstall, uninstalled, untilPath } from '../support/services';
import { connectorOf, nameOf, openSshHost, type SshHost } from './ssh_ground';

const test = testNeeding(['sshd']);

const NODES = `{"nodes": { {%- for n in range(opts["size"]) %}{{ "," if n }} "db{{ n }}": {"cpu": 0.1, "mem": 16, "command": ["sleep", "1000"], "tags": ["db"], "apart": ["db"]} {% endfor -%} }, "placement": "spread"}`;

let hosts: SshHost[];
let grid: TestGrid;

beforeAll(async () => {
  hosts = [await openSshHost(), await openSshHost(), await openSshHost()];
  grid = await startGrid({ env: { GRID_POLL_INTERVAL: '200ms' } });
  // So little memory that no two of what is launched here fit beside each other.
  const put = await ask(grid, 'PUT', '/api/v1/computes/rack1', { connector: connectorOf(hosts, { net: '127.93', memMiB: '255', [`tags.${nameOf(hosts[2]!)}`]: 'ssd' }) });
  expect([put.status, put.body.detail]).toEqual([201, undefined]);
  await putProduct(grid, 'apart', { template: NODES, options: { optional: { size: 3 } } });
});
afterAll(async () => {
  const left = labelled(grid.home);
  const machines = hosts.map(({ home }) => machinesAt(home));
  await grid.end();
  for (const host of hosts) await host.close();
  expect([left, machines]).toEqual([[], [[], [], []]]);
});

const machinesAt = (home: string) => readdirSync(join(home, 'machines')).filter((name) => name !== 'started').sort();
const names = () => hosts.map(nameOf);
const compute = () => read(grid, '/api/v1/lifecycles/compute/rack1');
const cli = async (words: string) => (await run(words.split(' '), { env: { GRID_API: grid.api } })).stdout;

test('what it has is shown host by host, and an order that fits nowhere is told why of each', async () => {
  const shown = await cli('compute show rack1');
  for (const name of names()) expect(shown).toMatch(new RegExp(`^${name} +0/\\S+ +0/255 +0/12$`, 'm'));
  await putProduct(grid, 'named', { template: { nodes: { a: { cpu: 0.1, mem: 16, required_node: names()[1], command: ['sleep', '1000'] }, b: { cpu: 0.1, mem: 16, host_tags: ['ssd'], command: ['sleep', '1000'] } }, services: {} } });
  const id = await launch(grid, 'named/1?compute=rack1', {});
  expect((await until(grid, id, (d) => d.state === 'ready')).nodes.map((n) => n.host)).toEqual([names()[1], names()[2]]);
  await destroyed(grid, id);
  const refused = await ask(grid, 'POST', '/bigdata/api/v1/products/apart/1?compute=rack1', { size: 4 });
  expect([refused.status, refused.body.message]).toEqual([400, expect.stringContaining('apart from db (db0, db1, db2 are there)')]);
});

describeNeeding(['sshd', 'redis-server'], 'with redis', () => {
  test('a redis on three hosts replicates from one to the others', async () => {
    const id = await launch(grid, 'redis/1.0.0?compute=rack1', { replicas: 2, mem: 250 });
    const { nodes } = await until(grid, id, (d) => d.state === 'ready');
    expect(nodes.map((n) => n.host).sort()).toEqual([...names()].sort());
    expect(hosts.map(({ home }) => machinesAt(home).length)).toEqual([1, 1, 1]);
    const redis = (address: string, line: string) => text(connect(6379, address).end(`${line}\r\nQUIT\r\n`));
    await redis(nodes[0]!.address, 'SET word heard');
    for (const { address } of nodes.slice(1)) while (!(await redis(address, 'GET word')).includes('heard')) await new Promise(setImmediate);
    await destroyed(grid, id);
  });
});

test('instances of a service run on several hosts', async () => {
  expect((await install(grid, 'web', { planned: 2, compute: 'rack1' })).status).toBeLessThan(300);
  await untilPath(grid, '/services/web/', (d) => d.progress === 'SERVICE_INSTALLED' && d.instance_ids.length === 2, 90_000);
  await expectInstances(grid, 'web', [0, 1].map(() => ({ agent: 0, machine: 0 })));
  expect(hosts.map(({ home }) => machinesAt(home).length).sort()).toEqual([0, 1, 1]);
  await uninstall(grid, 'web');
  await uninstalled(grid, 'web');
});

test('a host that is lost is named; what is on the others goes on, is repaired and ended; then it is ended there too', async () => {
  const id = await launch(grid, 'apart/1?compute=rack1', {});
  const ready = await until(grid, id, (d) => d.state === 'ready');
  const lost = hosts[1]!;
  const there = ready.nodes.find((n) => n.host === nameOf(lost))!;
  const other = ready.nodes.find((n) => n.host === nameOf(hosts[0]!))!;
  await lost.stop();
  const away = await untilPath(grid, '/api/v1/lifecycles/compute/rack1', (d) => d.conditions.length > 0);
  expect(away.conditions).toEqual([expect.objectContaining({ type: 'Unreachable', message: expect.stringContaining(`host ${nameOf(lost)} cannot be reached`) })]);
  const listed = await read(grid, '/api/v1/machines?limit=100');
  expect(listed.machines.map((m: { host: string }) => m.host).sort()).toEqual([names()[0], names()[2]].sort());
  expect(listed.unreachable).toEqual([{ compute: 'rack1', reason: expect.stringContaining(nameOf(lost)) }]);
  const elsewhere = await launch(grid, 'apart/1?compute=rack1', { size: 2 });
  expect((await until(grid, elsewhere, (d) => d.state === 'ready')).nodes.map((n) => n.host).sort()).toEqual([names()[0], names()[2]].sort());
  const waits = await launch(grid, 'apart/1?compute=rack1', { size: 3 });
  await untilPath(grid, '/api/v1/computes/rack1', (d) => d.waiting.some((w: { reason: string }) => w.reason.endsWith(`; ${nameOf(lost)} cannot be reached`)));
  const { ref } = listed.machines.find((m: { id: string }) => m.id === other.machine);
  process.kill(-ref.pgid, 'SIGKILL');
  const degraded = await until(grid, id, (d) => d.conditions.some((c) => c.type === 'Degraded'));
  expect(degraded.nodes.map((n) => [n.name, n.status])).toEqual(ready.nodes.map((n) => [n.name, n.name === other.name ? 'failed' : 'running']));
  await verb(grid, id, 'repair');
  const repaired = await until(grid, id, (d) => d.nodes.every((n) => n.status === 'running') && d.nodes.some((n) => n.generation === 2));
  expect(repaired.nodes.map((n) => [n.host, n.generation])).toEqual(ready.nodes.map((n) => [n.host, n.name === other.name ? 2 : 1]));
  await verb(grid, id, 'destroy');
  const blocked = await until(grid, id, (d) => d.steps.some((s) => s.state === 'blocked'), 60_000);
  expect(blocked.steps.find((s) => s.state === 'blocked')!.lastError).toMatchObject({ code: 'host_unreachable', message: expect.stringContaining(nameOf(lost)) });
  expect(hosts.map(({ home }) => machinesAt(home).filter((name) => name.includes('apart--1--1--')))).toEqual([[], [there.machine], []]);
  const back = async () => {
    renameSync(join(lost.dir, 'key.pub'), join(lost.dir, 'key.away'));
    await lost.start();
    await byTheBook(grid, 'compute/rack1', 'login_refused', [], { mend: () => renameSync(join(lost.dir, 'key.away'), join(lost.dir, 'key.pub')) });
    await untilPath(grid, '/api/v1/lifecycles/compute/rack1', (d) => d.conditions.length === 0);
  };
  await byTheBook(grid, id, 'host_unreachable', ['retry'], { mend: back, names: { 'compute/host': 'compute/rack1' } });
  await until(grid, id, (d) => d.state === 'destroyed');
  expect((await until(grid, waits, (d) => d.state === 'ready')).nodes.map((n) => n.host).sort()).toEqual([...names()].sort());
  for (const other of [elsewhere, waits]) await destroyed(grid, other);
  expect((await compute()).reservations).toEqual([]);
});
