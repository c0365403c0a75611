import { grid as gridCommand } from '../support/cli';
import { audit } from '../support/audit';
import { startGrid, type TestGrid } from '../support/grid';
import { ask, launch, read } from '../support/http';
import { install, installed, serviceOf, uninstall, uninstalled, untilPath } from '../support/services';
import { unreplayable } from '../support/replayed';

/** Two computes, each with addresses of its own. */
let grid: TestGrid;
let connector: string;
beforeAll(async () => {
  grid = await startGrid({ env: { GRID_AGENT_TIMEOUT: '3s' } });
  connector = grid.ground.connector();
  expect((await ask(grid, 'PUT', '/api/v1/computes/rack1', { connector })).status).toBe(201);
});
afterEach(() => audit(grid));
afterAll(async () => grid.end());

const command = (...words: string[]) => gridCommand(words, { env: grid.env as Record<string, string> });
const rack = () => read(grid, '/api/v1/computes/rack1');
const drain = (body?: object) => ask(grid, 'POST', '/api/v1/computes/rack1/drain', body);
const undrain = () => ask(grid, 'POST', '/api/v1/computes/rack1/undrain');
const placesOf = async (owner: string) => (await read(grid, '/api/v1/machines?limit=100')).machines.filter((m: any) => m.owner.startsWith(owner)).map((m: any) => m.compute);

test('drain moves a service without ever having fewer up than its minimum, and gives everything back', async () => {
  await install(grid, 'moves', { planned: 2, min: 2, max: 2, compute: 'rack1' });
  await installed(grid, 'moves', 2);
  expect(await placesOf('agent/')).toEqual(['rack1', 'rack1']);
  const up: number[] = [];
  let over = false;
  const watching = (async () => {
    while (!over) {
      const { instances = [] } = await read(grid, '/api/v1/lifecycles/service/moves');
      up.push(instances.filter((i: any) => i.up).length);
    }
  })();
  const done = await command('compute', 'drain', 'rack1');
  over = true;
  await watching;
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('rack1 is drained'), stderr: expect.stringContaining('rack1 waits for agent/') });
  expect(Math.min(...up)).toBeGreaterThanOrEqual(2);
  await installed(grid, 'moves', 2);
  expect(await placesOf('agent/')).toEqual(['host', 'host']);
  expect(await rack()).toMatchObject({ state: 'drained', reservations: [], draining: { to: 'host', waitsFor: [] } });
  expect((await serviceOf(grid, 'moves')).planned_number_of_instances).toBe(2);
});

test('what is asked of a drained compute waits with that reason, and is placed after undrain', async () => {
  await install(grid, 'waits', { compute: 'rack1' });
  await untilPath(grid, '/api/v1/lifecycles?kind=agent&limit=50', (d) => d.lifecycles.some((l: any) => l.reason?.includes('it is drained')));
  expect((await undrain()).body.state).toBe('ready');
  await installed(grid, 'waits', 1);
  expect((await rack()).reservations).toHaveLength(1);
  await uninstall(grid, 'waits');
  await uninstalled(grid, 'waits');
});

test('clusters are named and stay until they are destroyed; then it is drained, and can be removed', async () => {
  const cluster = await launch(grid, 'reference/1.0.0?compute=rack1', { size: 1 });
  await untilPath(grid, `/api/v1/lifecycles/${cluster}`, (d) => d.state === 'ready');
  const done = await command('compute', 'rm', 'rack1', '--force');
  expect(done).toMatchObject({ code: 3, stderr: expect.stringContaining(`clusters do not move, and it has ${cluster}`) });
  expect((await rack()).state).toBe('draining');
  await ask(grid, 'POST', `/api/v1/lifecycles/${cluster}/destroy`);
  await untilPath(grid, '/api/v1/computes/rack1', (d) => d.state === 'drained');
  expect(await command('compute', 'rm', 'rack1', '--force')).toMatchObject({ code: 0 });
  expect((await ask(grid, 'GET', '/api/v1/computes/rack1')).status).toBe(404);
});

test('a drain that cannot be is refused and changes nothing', async () => {
  expect((await ask(grid, 'PUT', '/api/v1/computes/rack1', { connector })).status).toBe(201);
  expect((await ask(grid, 'PUT', '/api/v1/computes/foreign', { connector: 'http://127.0.0.1:9' })).status).toBe(201);
  expect(await drain({ to: 'rack1' })).toMatchObject({ status: 409, body: { code: 'same_compute' } });
  expect(await drain({ to: 'nowhere' })).toMatchObject({ status: 400, body: { code: 'no_target' } });
  expect(await drain({ to: 'foreign' })).toMatchObject({ status: 409, body: { code: 'other_kind' } });
  expect(await drain({ too: 'host' })).toMatchObject({ status: 400 });
  expect(await undrain()).toMatchObject({ status: 409, body: { code: 'not_draining' } });
  expect((await ask(grid, 'POST', '/api/v1/computes/nowhere/drain')).status).toBe(404);
  expect((await rack()).state).toBe('ready');
});

test('everything can be replayed', async () => {
  await uninstall(grid, 'moves');
  await uninstalled(grid, 'moves');
  expect(await unreplayable(grid)).toEqual([]);
});
