import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openForeignConnector, type ForeignConnector } from '../support/connectors';
import { startGrid, type TestGrid } from '../support/grid';
import { ask, read, removeCompute } from '../support/http';
import { install, installed, post, scale, serviceOf, serviceUri, uninstall, uninstalled, untilPath } from '../support/services';
import { unreplayable } from '../support/replayed';

/** The checks of `spec/genisys.md` §2.3 over HTTP, against connectors of somebody else. */
let grid: TestGrid;
let first: ForeignConnector;
let second: ForeignConnector;
let old: ForeignConnector;
let dir: string;

beforeAll(async () => {
  [first, second, old] = await Promise.all([openForeignConnector('later'), openForeignConnector('later'), openForeignConnector('seed')]);
  dir = mkdtempSync(join(tmpdir(), 'grid-test-'));
  const computes = join(dir, 'computes.py');
  writeFileSync(computes, `# In the form of the original.\nfirst = {'name': 'first', 'connector': '${first.url}'}\n`);
  grid = await startGrid({ env: { GRID_POLL_INTERVAL: '300ms', GRID_AGENT_TIMEOUT: '3s', GRID_COMPUTES: computes } });
  for (const [name, { url }] of Object.entries({ second, old })) expect((await define(name, url)).status).toBe(200);
});
afterAll(async () => {
  await grid.end();
  await Promise.all([first, second, old].map((one) => one.close()));
  rmSync(dir, { recursive: true });
});

const define = (name: string, connector: string) => ask(grid, 'POST', '/compute', { name, connector });
const upscale = (service: string, compute: string) => ask(grid, 'POST', `/service/${service}/upscale`, { compute });
const downscale = (service: string, compute: string) => ask(grid, 'POST', `/service/${service}/downscale`, { compute });
const scaleTo = (service: string, number: unknown, compute?: string) => ask(grid, 'POST', `/service/${service}/scale`, { number, ...(compute ? { compute } : {}) });
const computeOf = (name: string) => read(grid, `/api/v1/computes/${name}`);
const lifeOf = (name: string, ready: (d: any) => boolean) => untilPath(grid, `/api/v1/lifecycles/service/${name}`, ready);
const changesOf = ({ calls }: ForeignConnector, service: string) => calls.filter((call) => call.includes(`/${service}/`) && !call.includes('/status'));

describe('computes', () => {
  test('one of GRID_COMPUTES is there from the start', async () => {
    expect(await ask(grid, 'GET', '/compute/first')).toMatchObject({ status: 200, body: { name: 'first', connector: first.url } });
  });

  test('defined, read, listed, changed and made anew by PUT', async () => {
    expect(await ask(grid, 'POST', '/compute', { name: 'localdc', connector: 'http://localhost:7051' })).toMatchObject({ status: 200, body: '' });
    expect(await ask(grid, 'GET', '/compute/localdc')).toMatchObject({ status: 200, body: { name: 'localdc', connector: 'http://localhost:7051' } });
    expect((await ask(grid, 'PUT', '/compute/localdc', { connector: 'http://localhost:7052' })).status).toBe(200);
    expect((await ask(grid, 'PUT', '/compute/local', { connector: 'http://localhost:7051' })).status).toBe(200);
    const { body } = await ask(grid, 'GET', '/compute');
    expect(body).toMatchObject({ localdc: { name: 'localdc', connector: 'http://localhost:7052' }, local: { connector: 'http://localhost:7051' }, host: { name: 'host' } });
    expect(Object.keys(body).at(-1)).toBe('host');
  });

  test('what is missing or wrong is refused in the words of the original, and nothing of it stays', async () => {
    expect(await ask(grid, 'GET', '/compute/nope')).toMatchObject({ status: 501, body: { error: 'Undefined compute: nope.' } });
    expect(await ask(grid, 'POST', '/compute')).toMatchObject({ status: 400, body: { error: 'No data received' } });
    expect(await ask(grid, 'POST', '/compute', {})).toMatchObject({ status: 400, body: { error: 'No data received' } });
    expect(await ask(grid, 'POST', '/compute', { name: 'half' })).toMatchObject({ status: 400, body: { error: 'Missing parameters.', field: 'connector' } });
    expect(await ask(grid, 'GET', '/compute/half')).toMatchObject({ status: 501 });
    expect(await ask(grid, 'PUT', '/compute/half', { connector: '' })).toMatchObject({ status: 400, body: { error: 'Missing parameter.' } });
    expect(await ask(grid, 'POST', '/compute', '{"name": ')).toMatchObject({ status: 400, body: { code: 'invalid_json' } });
    expect(await define('half', 'gopher://x')).toMatchObject({ status: 400, body: { field: 'connector' } });
    expect(await define('../x', 'http://x')).toMatchObject({ status: 400, body: { field: 'name' } });
    expect(await define('host', 'http://x')).toMatchObject({ status: 409 });
    expect(await define('half', 'http://u:secret@x')).toMatchObject({ status: 400, body: { code: 'secret_in_connector' } });
    expect(Object.keys((await ask(grid, 'GET', '/compute')).body)).not.toContain('half');
  });

  test('a method that a path does not have is 405 with what it has', async () => {
    const answer = await ask(grid, 'DELETE', '/compute');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    expect((await ask(grid, 'GET', '/service/a/upscale')).headers.get('allow')).toBe('POST');
    expect((await ask(grid, 'GET', '/service/a')).status).toBe(404);
  });
});

describe('scaling', () => {
  test('upscale and downscale reach the connector once each, before they are answered', async () => {
    expect(await upscale('web', 'first')).toMatchObject({ status: 200, body: '' });
    expect(first.running.get('web')).toBe(1);
    expect(await upscale('web', 'first')).toMatchObject({ status: 200 });
    expect(await downscale('web', 'first')).toMatchObject({ status: 200 });
    expect(changesOf(first, 'web')).toEqual([1, 2, 1].map((number) => `POST /service/web/scale {"number":${number}}`));
    expect(await lifeOf('web', (d) => d.state === 'SERVICE_INSTALLED')).toMatchObject({ wish: { planned: 1, min: 0 }, held: { first: { wanted: 1, running: 1, applied: true } } });
  });

  test('a connector of the seed\'s time is told start and kill, once for each', async () => {
    expect((await scaleTo('ancient', 3, 'old')).status).toBe(200);
    expect((await downscale('ancient', 'old')).status).toBe(200);
    expect(old.running.get('ancient')).toBe(2);
    expect(changesOf(old, 'ancient').map((call) => call.split('/').at(-1))).toEqual(['start', 'start', 'start', 'kill']);
  });

  test('scale without a compute picks the one that was defined first', async () => {
    expect((await scaleTo('picked', 2)).status).toBe(200);
    expect([first.running.get('picked'), second.running.get('picked')]).toEqual([2, undefined]);
    expect((await scaleTo('picked', 0)).status).toBe(200);
    expect(first.running.get('picked')).toBe(0);
  });

  test('what runs is summed over the computes that have it, and one that is unknown is not zero', async () => {
    await scaleTo('both', 2, 'first');
    await scaleTo('both', 3, 'second');
    expect((await lifeOf('both', (d) => d.state === 'SERVICE_INSTALLED')).wish).toMatchObject({ planned: 5, places: { second: 3 }, counted: ['first', 'second'] });
    const { body } = await ask(grid, 'GET', '/api/v1/lifecycles?kind=service&limit=100');
    expect(body.lifecycles.find((l: any) => l.id === 'service/both').detail).toMatchObject({ planned: 5, up: 5 });
  });

  test('drift is corrected within a poll interval', async () => {
    await scaleTo('drifts', 3, 'first');
    first.running.set('drifts', 1);
    while (first.running.get('drifts') !== 3) await new Promise(setImmediate);
    first.running.set('drifts', 7);
    while (first.running.get('drifts') !== 3) await new Promise(setImmediate);
    await lifeOf('drifts', (d) => d.state === 'SERVICE_INSTALLED' && d.held.first.running === 3);
  });

  test('what cannot be is refused and changes nothing', async () => {
    await scaleTo('kept', 1, 'second');
    const calls = changesOf(second, 'kept').length;
    expect(await upscale('kept', 'nowhere')).toMatchObject({ status: 501, body: { error: 'Undefined compute: nowhere.' } });
    expect(await ask(grid, 'POST', '/service/kept/upscale')).toMatchObject({ status: 400, body: { error: 'No data received' } });
    expect(await ask(grid, 'POST', '/service/kept/upscale', { x: 1 })).toMatchObject({ status: 400, body: { error: 'Missing parameters.' } });
    for (const number of ['x', -1, 1.5, true]) expect(await scaleTo('kept', number)).toMatchObject({ status: 400, body: { error: 'Invalid value for number parameter.' } });
    expect(await downscale('kept', 'first')).toMatchObject({ status: 409, body: { code: 'none_there' } });
    expect(await downscale('never', 'first')).toMatchObject({ status: 409, body: { code: 'none_there' } });
    expect(await upscale('never', 'host')).toMatchObject({ status: 404, body: { code: 'service_not_found' } });
    expect(await upscale('kept', 'host')).toMatchObject({ status: 409, body: { code: 'no_recipe' } });
    expect(await install(grid, 'recipe', { compute: 'first' })).toMatchObject({ status: 409, body: { code: 'counts_only' } });
    expect((await serviceOf(grid, 'kept')).planned_number_of_instances).toBe(1);
    expect(changesOf(second, 'kept')).toHaveLength(calls);
  });

  test('min and max hold here too', async () => {
    await scaleTo('bounded', 2, 'second');
    expect((await ask(grid, 'PUT', '/services/bounded/', { max_number_of_instances: 2, min_number_of_instances: 2 }, { 'if-match': '*' })).status).toBeLessThan(300);
    expect(await upscale('bounded', 'second')).toMatchObject({ status: 400, body: { code: 'above_max' } });
    expect(await downscale('bounded', 'second')).toMatchObject({ status: 400, body: { code: 'below_min' } });
  });
});

describe('a connector in trouble', () => {
  test('that answers an error is 502 with what it said; what is wanted stays, and is done when it can be', async () => {
    first.failing = { status: 500, body: '<h1>no space left</h1>' };
    const answer = await upscale('patient', 'first');
    expect(answer).toMatchObject({ status: 502, body: { code: 'connector_failed', message: expect.stringContaining('no space left') } });
    expect(answer.body.message).not.toContain('<h1>');
    first.failing = null;
    await lifeOf('patient', (d) => d.state === 'SERVICE_INSTALLED');
    expect(first.running.get('patient')).toBe(1);
  });

  test('that is gone is Unreachable, counted as unknown, and blocks nothing else', async () => {
    await scaleTo('away', 2, 'second');
    await second.close();
    const there = await untilPath(grid, '/api/v1/computes/second', (d) => d.conditions.some((one: any) => one.type === 'Unreachable'));
    expect(there.holdings.away).toMatchObject({ wanted: 2, running: null });
    expect(await upscale('away', 'second')).toMatchObject({ status: 502, body: { message: expect.stringContaining('does not answer') } });
    expect((await upscale('elsewhere', 'first')).status).toBe(200);
    await second.open();
    await lifeOf('away', (d) => d.held.second.running === 3 && d.state === 'SERVICE_INSTALLED');
    expect((await computeOf('second')).conditions).toEqual([]);
  });

  test('the control worker killed: nothing is told twice', async () => {
    await scaleTo('twice', 2, 'old');
    process.kill(grid.pidOf('control'), 'SIGKILL');
    await untilPath(grid, '/readyz', (d) => d.status === 'ready');
    expect((await upscale('twice', 'old')).status).toBe(200);
    expect(old.running.get('twice')).toBe(3);
  });
});

test('a service with a recipe has instances of its own and others at a connector; scaled, uninstalled: nothing is left anywhere', async () => {
  await install(grid, 'mixed', { min: 0, max: 10 });
  await installed(grid, 'mixed', 1);
  expect((await upscale('mixed', 'first')).status).toBe(200);
  expect((await scaleTo('mixed', 2, 'host')).status).toBe(200);
  await installed(grid, 'mixed', 2);
  expect((await serviceOf(grid, 'mixed')).planned_number_of_instances).toBe(3);
  expect((await scale(grid, 'mixed', 1)).status).toBe(202);
  await installed(grid, 'mixed', 0);
  expect(first.running.get('mixed')).toBe(1);
  expect(await ask(grid, 'DELETE', '/api/v1/computes/first')).toMatchObject({ status: 409, body: { code: 'in_use' } });
  await uninstall(grid, 'mixed');
  await uninstalled(grid, 'mixed');
  expect(first.running.get('mixed')).toBe(0);
  expect((await computeOf('first')).holdings.mixed).toBeUndefined();
});

test('everything is uninstalled, given up, and can be replayed', async () => {
  const { body } = await ask(grid, 'GET', '/api/v1/lifecycles?kind=service&limit=100');
  const names: string[] = body.lifecycles.filter((l: any) => l.state !== 'SERVICE_UNINSTALLED').map((l: any) => l.id.slice('service/'.length));
  const asked = await Promise.all(names.map((name) => post(grid, 'uninstall_service_task', { service_id: serviceUri(name) })));
  expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([202]));
  await Promise.all(names.map((name) => uninstalled(grid, name)));
  for (const { running } of [first, second, old]) expect([...running.values()].filter((n) => n !== 0)).toEqual([]);
  for (const name of ['first', 'second', 'old']) expect(await removeCompute(grid, name)).toMatchObject({ status: 204 });
  expect(await unreplayable(grid)).toEqual([]);
});
