import { openDriver } from '../../activities/machines/open_driver';
import type { MachineSpec } from '../../model/machine';
import { gridIdOf } from '../../config';
import { audit } from '../support/audit';
import { startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, launch, machinesOf, read } from '../support/http';
import { byTheBook } from '../support/runbook';
import { untilPath } from '../support/services';

let grid: TestGrid;
beforeAll(async () => {
  grid = await startGrid({ env: { GRID_POLL_INTERVAL: '200ms' } });
});
afterAll(async () => grid.end());

const cluster = (id: string, ready: (d: any) => boolean) => untilPath(grid, `/api/v1/lifecycles/${id}`, ready);
const connectorOf = async (): Promise<string> => (await read(grid, `/api/v1/computes/${grid.ground.compute}`)).connector;
const driver = async () => openDriver({ name: grid.ground.compute, connector: await connectorOf(), gridHome: grid.home, grid: gridIdOf({ home: grid.home }) });
const spec = (id: string, owner: string): MachineSpec => ({ id, owner, node: 'a', generation: 1, command: ['sleep', '600'], env: {}, cpu: 0.1, memMiB: 64, disks: [], networks: [] });
const never = new AbortController().signal;
const ids = async (): Promise<string[]> => (await machinesOf(grid)).map(({ id }) => id);

test('a machine that somebody removed while nobody watched is lost, and repair brings it back', async () => {
  const id = await launch(grid, 'reference/1.0.0', { size: 2 });
  const { nodes } = await cluster(id, (d) => d.state === 'ready');
  const [{ machine }] = nodes;
  const victim = (await machinesOf(grid, id)).find((m) => m.id === machine)!;
  process.kill(grid.pidOf('control'), 'SIGKILL');
  await grid.ground.remove(victim);
  const degraded = await cluster(id, (d) => d.conditions.some((c: any) => c.type === 'Degraded') && d.stale !== true);
  expect(degraded.nodes[0]).toMatchObject({ status: 'failed', lastOutput: expect.stringContaining('not there any more') });
  await ask(grid, 'POST', `/api/v1/lifecycles/${id}/repair`);
  await cluster(id, (d) => d.state === 'ready' && d.conditions.length === 0 && d.nodes.every((n: any) => n.status === 'running'));
  await destroyed(grid, id);
  await audit(grid);
});

test('a machine of ours whose lifecycle is over is removed; those of others are not touched', async () => {
  const at = await driver();
  const over = await launch(grid, 'reference/1.0.0', { size: 1 });
  await cluster(over, (d) => d.state === 'ready');
  await destroyed(grid, over);
  await at.start(spec('left-over', over), never);
  await at.start(spec('somebodys', 'connector/web'), never);
  const id = await launch(grid, 'reference/1.0.0', { size: 1 });
  const { nodes } = await cluster(id, (d) => d.state === 'ready');
  while ((await ids()).includes('left-over')) await new Promise(setImmediate);
  expect((await ids()).sort()).toEqual([nodes[0].machine, 'somebodys'].sort());
  expect((await machinesOf(grid, id)).map(({ state }) => state)).toEqual(['running']);
  await at.stop('somebodys', { graceMs: 100 }, never);
  await destroyed(grid, id);
  await audit(grid);
});

test('a machine of a lifecycle that nobody knows is let be, keeps what it has, and is said, until a person ends it', async () => {
  const at = await driver();
  const compute = () => ask(grid, 'GET', `/api/v1/computes/${grid.ground.compute}`).then(({ body }) => body);
  const { capacity: { networks: [network] } } = await compute();
  const mine = { networks: [{ device: 'eth0', network: network.name, address: network.first }] };
  await at.start({ ...spec('unknown', 'cluster/test/reference/1.0.0/999'), ...mine }, never);
  const { conditions } = await cluster(`compute/${grid.ground.compute}`, (d) => d.conditions.length > 0);
  expect(conditions).toMatchObject([{ type: 'Unclaimed', message: expect.stringContaining('cluster/test/reference/1.0.0/999') }]);
  const id = await launch(grid, 'reference/1.0.0', { size: 1 });
  const { nodes } = await cluster(id, (d) => d.state === 'ready');
  expect(nodes[0].networks[0].address).not.toBe(network.first);
  expect((await ids()).sort()).toEqual([nodes[0].machine, 'unknown'].sort());
  expect(await ask(grid, 'DELETE', `/api/v1/machines/${nodes[0].machine}`)).toMatchObject({ status: 409, body: { code: 'machine_in_use' } });
  await byTheBook(grid, `compute/${grid.ground.compute}`, 'owner_unknown', ['machine rm'], { names: { 'machine rm': 'machine rm unknown' } });
  await cluster(`compute/${grid.ground.compute}`, (d) => d.conditions.length === 0);
  await destroyed(grid, id);
  await audit(grid);
});
