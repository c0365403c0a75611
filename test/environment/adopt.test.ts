import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { addTemplate, ays, commits, isOver, machineOf, modelled, order, runIs } from '../support/environment';
import { freePort, labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, read } from '../support/http';
import { unreplayable } from '../support/replayed';
import { agentNumber, install, installed, instanceOf, untilPath } from '../support/services';

const ENV = { GRID_AGENT_TIMEOUT: '2s', GRID_POLL_INTERVAL: '500ms' };
let grid: TestGrid;
beforeAll(async () => {
  grid = await startGrid({ env: ENV });
  addTemplate(grid, 'test__library', { 'service.hrd': 'category = library\n' });
  addTemplate(grid, 'test__web', {
    'service.hrd': "category = web\n\ndependencies.1 =\n    name:'library',\n\nprocess.1 =\n    cmd:node,\n    args:'server.js',\n    ports:'$(instance.param.port)',\n\nenv.process.1 =\n    PORT:'$(instance.param.port)',\n",
    'instance.hrd': 'param.port = @ASK type:int default:9350\n',
    'server.js': `require('node:http').createServer((q, r) => r.end(String(process.pid))).listen(Number(process.env.PORT), process.env.GRID_ADDRESS);`,
  });
}, 90_000);
afterAll(() => grid.end());

const web = (instance: string) => `test__web__${instance}`;
const LIBRARY = 'test__library__main';
const answer = (address: string, port: number) => fetch(`http://${address}:${port}/`).then((response) => response.text());
const states = async () => Object.fromEntries((await modelled(grid)).map(({ path, state }) => [path, state]));
const machinesFile = () => JSON.parse(readFileSync(join(grid.home, 'environment/machines.json'), 'utf8'));

test('the environment says whose it is, and which agents its nodes have, in the commits of what it changes', async () => {
  await ays(grid, 'install', { name: 'web' });
  await ays(grid, 'install', { name: 'node.local', instance: 'n1' });
  await ays(grid, 'install', { name: 'web', instance: 'far', consume: [{ category: 'node', producer: 'n1' }], data: { 'param.port': 9351 } });
  await ays(grid, 'install', { name: 'web', instance: 'quiet', start: false, data: { 'param.port': 9352 } });
  expect(machinesFile()).toEqual({ grid: readFileSync(join(grid.home, 'grid-id'), 'utf8').trim(), temporal: `127.0.0.1:${grid.env.GRID_TEMPORAL_PORT}`, numbersBelow: 1_000, agents: { '': 0, 'grid__node.local__n1': 1 } });
  expect(commits(grid)).toHaveLength(4);
});

test('a second grid on a copy of it is refused while the first one runs, and nothing happens', async () => {
  const home = mkdtempSync(join(tmpdir(), 'grid-test-'));
  execFileSync('git', ['clone', '-q', join(grid.home, 'environment'), join(home, 'environment')]);
  const env = { ...grid.env, GRID_HOME: home, LISTEN: `127.0.0.1:${await freePort()}`, GRID_TEMPORAL_PORT: String(await freePort()) };
  await expect(promisify(execFile)(process.execPath, ['dist/grid.js', 'up'], { env })).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/runs already, with the home [^]*take machines\.json out of the copy/) });
  expect(readdirSync(home).sort()).toEqual(['environment', 'grid-id', 'logs']);
  rmSync(home, { recursive: true });
});

test('a grid whose Temporal is lost takes over all that runs as it is, and lets be what nobody can judge', async () => {
  await install(grid, 'webserver');
  await installed(grid, 'webserver', 1);
  const other = agentNumber((await instanceOf(grid, 'webserver', 0)).agent_id);
  const [near, far] = [await machineOf(grid, web('main')), await machineOf(grid, web('far'))];
  const before = { near: await answer(near.address, 9350), far: await answer(far.address, 9351) };
  await grid.stop();
  for (const file of readdirSync(grid.home).filter((name) => name.startsWith('temporal-'))) rmSync(join(grid.home, file));
  grid = await startGrid({ env: { ...ENV, GRID_TEMPORAL_PORT: grid.env.GRID_TEMPORAL_PORT! }, home: grid.home });

  const run = await runIs(grid, 'run/adopt', isOver);
  expect(run.state).toBe('done');
  expect(run.said).toMatchObject(Object.fromEntries([web('main'), web('far'), web('quiet'), LIBRARY, 'grid__node.local__n1'].map((path) => [path, { state: 'done', reason: '' }])));
  expect(await states()).toEqual({
    [LIBRARY]: 'INSTANCE_STARTED', [web('main')]: 'INSTANCE_STARTED', [web('far')]: 'INSTANCE_STARTED', [web('quiet')]: 'INSTANCE_STOPPED', 'grid__node.local__n1': 'INSTANCE_STARTED',
  });
  expect(await read(grid, '/api/v1/environment/diff')).toMatchObject({ edited: [], differences: [] });
  expect({ near: await answer(near.address, 9350), far: await answer(far.address, 9351) }).toEqual(before);

  const { conditions } = await untilPath(grid, '/api/v1/lifecycles/compute/host', (d) => d.conditions.length > 0);
  expect(conditions).toMatchObject([{ type: 'Unclaimed', message: expect.stringContaining(`agent/${other}`) }]);
  const orphan = (await read(grid, `/api/v1/machines?owner=agent/${other}`)).machines[0];
  expect(await (await fetch(`http://${orphan.address}:8080/`)).text()).toContain('webserver');
}, 120_000);

test('what was taken over is steered like everything else, and new machines get numbers and addresses of their own', async () => {
  const { address } = await machineOf(grid, web('main'));
  const before = await answer(address, 9350);
  expect((await ays(grid, 'install', { name: 'web' })).said[web('main')]).toMatchObject({ reason: expect.stringContaining('already installed') });
  expect(await answer(address, 9350)).toBe(before);
  await ays(grid, 'restart', { name: 'web', instance: 'main', nodeps: true });
  expect(await answer(address, 9350)).not.toBe(before);
  await ays(grid, 'start', { name: 'web', instance: 'quiet' });
  expect(await answer(address, 9352)).toMatch(/^\d+$/);
  await ays(grid, 'install', { name: 'node.local', instance: 'n2' });
  expect(machinesFile().agents['grid__node.local__n2']).toBe(1_000);
  const { machines } = await read(grid, '/api/v1/machines');
  expect(new Set(machines.map((machine: { address: string }) => machine.address)).size).toBe(machines.length);
}, 90_000);

test('a reset takes away what was taken over, too; what nothing has any more a person ends', async () => {
  expect((await ays(grid, 'reset', { domain: 'test' })).state).toBe('done');
  expect((await ays(grid, 'reset', { domain: 'grid' })).state).toBe('done');
  const left = await untilPath(grid, '/api/v1/machines', (d) => d.machines.length === 1);
  expect((await ask(grid, 'DELETE', `/api/v1/machines/${left.machines[0].id}`)).status).toBe(204);
  await untilPath(grid, '/api/v1/lifecycles/compute/host', (d) => d.conditions.length === 0);
  expect(labelled(grid.home)).toEqual([]);
  expect(machinesFile().agents).toEqual({});
}, 90_000);

test('an environment of another grid is not taken for one’s own', async () => {
  const path = join(grid.home, 'environment/machines.json');
  const file = machinesFile();
  writeFileSync(path, JSON.stringify({ ...file, grid: 'another' }));
  expect(await order(grid, 'install', { name: 'library' })).toMatchObject({ status: 409, body: { code: 'foreign_environment', fix: expect.stringContaining('machines.json') } });
  writeFileSync(path, '{');
  expect(await order(grid, 'install', { name: 'library' })).toMatchObject({ status: 400, body: { code: 'broken_model', detail: expect.stringContaining('machines.json') } });
  rmSync(path);
  expect((await ays(grid, 'install', { name: 'library' })).state).toBe('done');
});

test('everything can be replayed', async () => {
  expect(await unreplayable(grid)).toEqual([]);
});
