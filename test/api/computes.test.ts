import { computeId } from '../../model/ids';
import { ensureEntity } from '../../workers/entities';
import { ask, read, removeCompute } from '../support/http';
import { eventually, makeNamespace, startApi, type ApiUnderTest } from './support/api_under_test';
import { startControlWorker, type ControlWorker } from './support/control_worker';
import { putProduct } from './support/products';

const COMPUTES = '/api/v1/computes';
const SMALL = 'process:?net=127.98&cpu=2';

let grid: ApiUnderTest;
let worker: ControlWorker;
let product: string;
/** What the driver of a compute that is changed waits for; set by the test that needs it. */
let beforeProbe: () => Promise<void> = async () => undefined;

beforeAll(async () => {
  grid = await startApi();
  await makeNamespace(grid);
  worker = await startControlWorker(grid, (real) => ({ probeCompute: (input) => beforeProbe().then(() => real.probeCompute(input)) }));
  await worker.definePlanners();
  await worker.defineHost();
  product = await putProduct(grid, { name: 'plain' });
});
afterAll(async () => {
  await worker.end();
  await grid.end();
});

const put = (name: string, connector: unknown, headers?: Record<string, string>) => ask(grid, 'PUT', `${COMPUTES}/${name}`, { connector }, headers);
const get = (name: string) => ask(grid, 'GET', `${COMPUTES}/${name}`);
const remove = (name: string) => removeCompute(grid, name);
const life = (id: string) => read(grid, `/api/v1/lifecycles/${id}`);
const becomes = (id: string, is: (document: any) => boolean) => eventually(() => life(id), is, 20_000);
const names = async (): Promise<string[]> => (await ask(grid, 'GET', COMPUTES)).body.computes.map((c: { name: string }) => c.name).sort();

/** Activities that watch for machines that die; each change of the connector begins another one. */
async function watching(name: string): Promise<(string | null | undefined)[]> {
  const { raw } = await grid.client.workflow.getHandle(computeId(name)).describe();
  return (raw.pendingActivities ?? []).map((a) => a.activityId);
}

async function launched(compute: string): Promise<string> {
  const { body } = await ask(grid, 'POST', `${product}?compute=${compute}`, { size: 1 });
  const queue = await eventually(() => ask(grid, 'GET', body.url), (a) => a.status === 303);
  const id = `cluster/${queue.body.url.split('/clusters/')[1]}`;
  await becomes(id, (d) => d.state === 'ready');
  return id;
}

async function destroyed(id: string, compute: string): Promise<void> {
  await ask(grid, 'POST', `/api/v1/lifecycles/${id}/destroy`);
  await becomes(id, (d) => d.state === 'destroyed');
  await eventually(() => get(compute), ({ body }) => body.reservations.length === 0);
}

describe('PUT', () => {
  test('defines a compute: 201 with the compute as its driver found it; the same again: 200, nothing changes; another connector: 200, and its capacity is that of the other', async () => {
    const made = await put('made', SMALL);
    expect(made).toMatchObject({
      status: 201,
      body: { id: 'compute/made', name: 'made', state: 'ready', driver: 'process', connector: SMALL, capacity: { hosts: [{ cpu: 2 }] }, reservations: [], operation: null, links: { self: expect.any(String) } },
    });
    expect(made.headers.get('location')).toBe(`${grid.api}${COMPUTES}/made`);
    const shown = (await get('made')).body;
    const again = await put('made', SMALL);
    expect([again.status, again.body]).toEqual([200, shown]);
    const other = 'process:?net=127.98&cpu=3';
    expect(await put('made', other)).toMatchObject({ status: 200, body: { connector: other, state: 'ready', capacity: { hosts: [{ cpu: 3 }] } } });
    await eventually(names, (all) => all.includes('made'));
    expect((await remove('made')).status).toBe(204);
  });

  test.each<[string, string, unknown, string]>([
    ['no name', '-x', SMALL, 'invalid_name'], ['a name with a blank', 'a%20b', SMALL, 'invalid_name'], ['a name that is too long', 'x'.repeat(64), SMALL, 'invalid_name'],
    ['no URL', 'bad', 'rack1', 'bad_connector'], ['an unknown scheme', 'bad', 'carrier-pigeon://rack1', 'unknown_connector'],
    ['what its driver does not take', 'bad', 'process:?net=10.0', 'bad_connector'], ['a parameter that there is not', 'bad', 'process:?colour=red', 'bad_connector'],
    ['a password', 'bad', 'ssh://ops:hunter2@rack1', 'secret_in_connector'], ['no connector', 'bad', undefined, 'invalid_body'], ['a number', 'bad', 7, 'invalid_body'], ['nothing', 'bad', '', 'invalid_body'],
  ])('%s: 400 with what to do, and nothing is there then', async (_what, name, connector, code) => {
    const answer = await put(name, connector);
    expect(answer).toMatchObject({ status: 400, body: { code, fix: expect.any(String) } });
    expect(JSON.stringify(answer.body)).not.toContain('hunter2');
    expect((await get(name)).status).toBe(404);
    expect((await ask(grid, 'GET', `/api/v1/lifecycles/compute/${name}`)).status).toBe(404);
  });

  test('more than a connector, or not as JSON: refused', async () => {
    expect(await ask(grid, 'PUT', `${COMPUTES}/bad`, { connector: SMALL, driver: 'x' })).toMatchObject({ status: 400, body: { code: 'invalid_body', field: 'driver' } });
    expect((await put('bad', SMALL, { 'content-type': 'text/plain' })).status).toBe(415);
  });

  test('a connector that its driver refuses changes nothing of a compute that is there', async () => {
    await put('kept', SMALL);
    const before = (await get('kept')).body;
    expect(await put('kept', 'process:?cpu=none')).toMatchObject({ status: 400, body: { code: 'bad_connector', field: 'connector' } });
    expect((await get('kept')).body).toEqual(before);
    await remove('kept');
  });

  test('a range of addresses that another compute of this machine gives out: 409 that names it, and nothing is there then', async () => {
    await put('first', SMALL);
    const taken = { status: 409, body: { code: 'net_taken', detail: expect.stringContaining('compute first'), field: 'connector' } };
    await eventually(names, (all) => all.includes('first'));
    expect(await put('second', 'process:?net=127.98')).toMatchObject(taken);
    expect((await get('second')).status).toBe(404);
    expect(await put('second', 'process:?net=127.99')).toMatchObject({ status: 201 });
    expect(await put('second', SMALL)).toMatchObject(taken);
    expect((await get('second')).body.connector).toBe('process:?net=127.99');
    for (const name of ['first', 'second']) await remove(name);
  });

  test('of several at once one defines it and the others change it', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map((cpu) => put('raced', `process:?net=127.98&cpu=${cpu}`)));
    expect(answers.map((a) => a.status).sort()).toEqual([200, 200, 200, 201]);
    const { body } = await get('raced');
    expect(body.connector).toBe(`process:?net=127.98&cpu=${body.capacity.hosts[0].cpu}`);
    expect((await remove('raced')).status).toBe(204);
  });

  test('what is reserved while its driver looks at another connector keeps the compute as it is', async () => {
    expect((await put('taken', SMALL)).status).toBe(201);
    let asked = () => {};
    let answer = () => {};
    const [isAsked, mayAnswer] = [new Promise<void>((done) => (asked = done)), new Promise<void>((done) => (answer = done))];
    beforeProbe = () => (asked(), mayAnswer);
    const change = put('taken', 'process:?net=127.99');
    await isAsked;
    const id = await launched('taken');
    answer();
    expect(await change).toMatchObject({ status: 409, body: { code: 'in_use', detail: expect.stringContaining(id) } });
    expect((await get('taken')).body.connector).toBe(SMALL);
    await destroyed(id, 'taken');
    expect((await remove('taken')).status).toBe(204);
  });

  test('one that waits for a person because its connector leads nowhere is mended by another connector, or removed', async () => {
    const lost = (name: string) => ensureEntity(grid.client, { workflow: 'compute', id: computeId(name), input: { name, connector: 'process:?cpu=none' }, summary: name });
    await Promise.all(['lost', 'given-up'].map(lost));
    for (const name of ['lost', 'given-up']) await becomes(`compute/${name}`, (d) => d.conditions?.some((c: { type: string }) => c.type === 'Blocked'));
    expect(await put('lost', SMALL)).toMatchObject({ status: 200, body: { state: 'ready', conditions: [], steps: [{ name: 'probe', state: 'skipped' }], operation: null, connector: SMALL, capacity: { hosts: [{ cpu: 2 }] } } });
    await destroyed(await launched('lost'), 'lost');
    for (const name of ['lost', 'given-up']) expect((await remove(name)).status).toBe(204);
  });
});

test('the built-in compute is neither changed nor removed: 409 with the reason', async () => {
  const before = (await get('host')).body;
  for (const answer of [await put('host', SMALL), await remove('host')]) expect(answer).toMatchObject({ status: 409, body: { code: 'built_in', fix: expect.any(String) } });
  expect((await get('host')).body).toEqual(before);
});

test('a cluster runs on a compute of its own; as long as it does the compute stays as it is, and then it can go', async () => {
  await put('small', SMALL);
  await put('small', `${SMALL}&memMiB=512`);
  await eventually(() => watching('small'), (ids) => ids.join() === 'watch2');
  const id = await launched('small');
  const { machines } = await read(grid, `/api/v1/machines?compute=small`);
  expect(machines).toMatchObject([{ owner: id, compute: 'small', address: expect.stringMatching(/^127\.98\./) }]);
  const inUse = { status: 409, body: { code: 'in_use', detail: expect.stringContaining(`${id} (n0: 0.1 cpu, 16 MiB)`), fix: expect.any(String) } };
  expect(await remove('small')).toMatchObject(inUse);
  expect(await put('small', 'process:?net=127.99')).toMatchObject(inUse);
  expect((await put('small', `${SMALL}&memMiB=512`)).status).toBe(200);
  process.kill(machines[0].ref.pid, 'SIGKILL');
  await becomes(id, (d) => d.conditions.some((c: { type: string }) => c.type === 'Degraded'));
  await destroyed(id, 'small');
  expect((await remove('small')).status).toBe(204);
  for (const answer of [await get('small'), await remove('small')]) expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
  expect(await life('compute/small')).toMatchObject({ state: 'removed' });
  await eventually(names, (all) => !all.includes('small'));
  expect(await ask(grid, 'POST', `${product}?compute=small`, { size: 1 })).toMatchObject({ status: 400, body: { code: 'compute_not_found' } });
  expect((await put('small', SMALL)).status).toBe(201);
  expect((await remove('small')).status).toBe(204);
});

describe('what names a compute that is not there', () => {
  const unknown = { code: 'compute_not_found', message: 'there is no compute nowhere', field: 'compute', fix: expect.stringMatching(/Name one of .*\bhost\b/) };

  test('an install: 400 with the list, and nothing is planned', async () => {
    const install = {
      task: 'install_service_task', display_name: 'webserver', planned_number_of_instances: 1, max_number_of_instances: 1, min_number_of_instances: 1, service_id: '/services/webserver/',
      compute: 'nowhere', routing: { producer_id: '/webui/', consumer_id: '/services/deployment_planner/', producer_timestamp: 1 },
    };
    expect(await ask(grid, 'POST', '/services/tasks/_new_task', install)).toMatchObject({ status: 400, body: unknown });
    expect(await ask(grid, 'PUT', '/services/webserver/', { planned_number_of_instances: 1, max_number_of_instances: 1, min_number_of_instances: 1, compute: 'nowhere' })).toMatchObject({ status: 400, body: unknown });
    expect((await ask(grid, 'GET', '/services/webserver/')).status).toBe(404);
  });

  test('an order: 400 with the list', async () => {
    expect(await ask(grid, 'POST', `${product}?compute=nowhere`, { size: 1 })).toMatchObject({ status: 400, body: unknown });
  });
});
