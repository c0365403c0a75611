import { Context } from '@temporalio/activity';
import { ask } from '../support/http';
import { eventually, makeNamespace, startApi, type ApiUnderTest } from './support/api_under_test';
import { startControlWorker, type ControlWorker } from './support/control_worker';
import { putProduct } from './support/products';

const CLUSTERS = '/bigdata/api/v1/clusters';

let grid: ApiUnderTest;
let worker: ControlWorker;
/** Starting machines of clusters of the product `slow` waits for this. */
let release: () => void;
const released = new Promise<void>((resolve) => (release = resolve));

const activities: Parameters<typeof startControlWorker>[1] = (real) => ({
  startMachines: async (input) => {
    if (input.specs[0]!.owner.includes('/slow/')) {
      Context.current().heartbeat({ done: 1, total: 3 });
      await Promise.race([released, Context.current().cancelled]);
    }
    return real.startMachines(input);
  },
});

beforeAll(async () => {
  grid = await startApi();
  await makeNamespace(grid);
  worker = await startControlWorker(grid, activities);
  await worker.defineHost();
  for (const name of ['first', 'second', 'slow']) await putProduct(grid, { name });
  await putProduct(grid, { name: 'failing', script: '#!/bin/sh\necho no luck\nexit 3\n' });
});
afterAll(async () => {
  release();
  await worker.end();
  await grid.end();
});

/** Launches a cluster and answers its path on the façade. */
async function launched(product: string, size = 1): Promise<string> {
  const { body } = await ask(grid, 'POST', `/bigdata/api/v1/products/${product}/1.0`, { size });
  const queue = await eventually(() => ask(grid, 'GET', body.url), (a) => a.status === 303);
  return new URL(queue.body.url).pathname;
}

const statusOf = async (cluster: string): Promise<string> => (await ask(grid, 'GET', cluster)).body.data.status;
const becomes = (cluster: string, status: string) => eventually(() => statusOf(cluster), (seen) => seen === status, 20_000);
const uris = async (path: string): Promise<string[]> => (await ask(grid, 'GET', path)).body.clusters.map((c: { uri: string }) => c.uri).sort();
const uriOf = (cluster: string) => cluster.slice(cluster.indexOf('clusters/'));

test('P-13, P-14: a cluster is found by itself, by version, product and user, and among all; in one form', async () => {
  const [one, other] = [await launched('first'), await launched('second')];
  await becomes(one, 'ready');
  const entry = (await ask(grid, 'GET', one)).body;
  expect(entry).toEqual({
    result: 'success', uri: 'clusters/test/first/1.0/1',
    data: { name: expect.any(String), dn: 'clusters/test/first/1.0/1', status: 'ready', progress: 100, step: 1, nodes: 1 },
  });
  expect(await uris(`${CLUSTERS}/test/first/1.0`)).toEqual([uriOf(one)]);
  expect(await uris(`${CLUSTERS}/test/first`)).toEqual([uriOf(one)]);
  for (const path of [`${CLUSTERS}/test`, CLUSTERS]) {
    expect(await uris(path)).toEqual(expect.arrayContaining([uriOf(one), uriOf(other)]));
  }
  expect((await ask(grid, 'GET', `${CLUSTERS}/test/first`)).body.clusters).toEqual([entry]);
});

test('DESIGN §11: of an unknown user, product or version the list is empty', async () => {
  for (const path of ['nobody', 'test/nothing', 'test/first/9', 'tes', 'test/firs']) {
    expect(await ask(grid, 'GET', `${CLUSTERS}/${path}`)).toMatchObject({ status: 200, body: { clusters: [] } });
  }
});

test.each(['test/first/1.0/99', 'test/first/1.0/0', 'test/first/1.0/x', 'nobody/first/1.0/1', 'test/first/1.0/99/nodes', 'test/first/1.0/99/services'])('P-19: no such cluster: 404 in the form of the seed (%s)', async (path) => {
  expect(await ask(grid, 'GET', `${CLUSTERS}/${path}`)).toMatchObject({ status: 404, body: { status: 404, error: expect.stringMatching(/not found/i), code: expect.any(String), fix: expect.any(String) } });
});

test('P-35, CT1: while machines start, progress is the share that is placed, as the running activity tells it', async () => {
  const cluster = await launched('slow', 3);
  const entry = await eventually(() => ask(grid, 'GET', cluster), (a) => a.body.data.step === 1);
  expect(entry.body.data).toMatchObject({ status: 'scheduling', progress: 33, step: 1, nodes: 3 });
  release();
  await becomes(cluster, 'ready');
  expect((await ask(grid, 'GET', cluster)).body.data).toMatchObject({ progress: 100, step: 3 });
});

test('P-15, P-16: nodes and services', async () => {
  const cluster = await launched('first', 2);
  await becomes(cluster, 'ready');
  const dn = uriOf(cluster);
  const { nodes } = (await ask(grid, 'GET', `${cluster}/nodes`)).body;
  expect(nodes).toMatchObject([
    { dn: `${dn}/nodes/n0`, name: 'n0', cpu: 0.1, mem: 16, host: expect.any(String), status: 'running', disks: [], networks: expect.any(Array) },
    { dn: `${dn}/nodes/n1`, name: 'n1' },
  ]);
  const { services } = (await ask(grid, 'GET', `${cluster}/services`)).body;
  expect(services).toMatchObject([{ dn: `${dn}/services/r`, name: 'r', status: 'running', nodes: ['n0', 'n1'], properties: { heap: 64 } }]);
});

test('a script that failed is told in the words of the original', async () => {
  const cluster = await launched('failing');
  await becomes(cluster, 'error during configuration');
  expect((await ask(grid, 'GET', cluster)).body.data.reason).toContain('no luck');
});

describe('DELETE', () => {
  test('P-17: answers success, the cluster goes and stays listed as destroyed; repeated, it is success still', async () => {
    const cluster = await launched('second');
    await becomes(cluster, 'ready');
    const answers = [await ask(grid, 'DELETE', cluster), await ask(grid, 'DELETE', cluster)];
    await becomes(cluster, 'destroyed');
    answers.push(await ask(grid, 'DELETE', cluster));
    expect(answers.map((a) => [a.status, a.body])).toEqual(Array(3).fill([200, { message: 'success' }]));
    expect((await ask(grid, 'GET', `${CLUSTERS}/test/second`)).body.clusters).toContainEqual(expect.objectContaining({ uri: uriOf(cluster), data: expect.objectContaining({ status: 'destroyed' }) }));
    expect((await ask(grid, 'GET', `${cluster}/nodes`)).body.nodes).toMatchObject([{ host: '_', status: 'destroyed' }]);
  });

  test('of what is not there: 404', async () => {
    expect((await ask(grid, 'DELETE', `${CLUSTERS}/test/first/1.0/99`)).status).toBe(404);
  });
});

describe('PATCH', () => {
  test('DESIGN §11: orders the options that change: 202 with a place in the queue, which leads back to the cluster', async () => {
    const cluster = await launched('first');
    await becomes(cluster, 'ready');
    const placed = await ask(grid, 'PATCH', cluster, { size: '2' });
    expect([placed.status, placed.headers.get('location')]).toEqual([202, placed.body.url]);
    const queue = await eventually(() => ask(grid, 'GET', placed.body.url), (a) => a.status === 303);
    expect(new URL(queue.headers.get('location')!).pathname).toBe(cluster);
    await eventually(() => ask(grid, 'GET', `${cluster}/nodes`), (a) => a.body.nodes.length === 2);
    await becomes(cluster, 'ready');
  });

  test('refused with the reason: no such cluster 404, a wrong option 400, a destroyed cluster 409', async () => {
    expect(await ask(grid, 'PATCH', `${CLUSTERS}/test/first/1.0/99`, { size: 2 })).toMatchObject({ status: 404, body: { error: 'Key not found' } });
    const cluster = await launched('first');
    await becomes(cluster, 'ready');
    expect(await ask(grid, 'PATCH', cluster, { size: 'many' })).toMatchObject({ status: 400, body: { field: 'options.size' } });
    await ask(grid, 'DELETE', cluster);
    await becomes(cluster, 'destroyed');
    expect(await ask(grid, 'PATCH', cluster, { size: 2 })).toMatchObject({ status: 409, body: { code: expect.any(String) } });
  });
});

describe('while no worker runs', () => {
  let cluster: string;

  beforeAll(async () => {
    cluster = await launched('second');
    await becomes(cluster, 'ready');
    await worker.stop();
    await eventually(() => ask(grid, 'GET', '/readyz'), (a) => a.status === 503);
  });

  test('a cluster and the lists answer with the last state, marked stale', async () => {
    expect((await ask(grid, 'GET', cluster)).body).toMatchObject({ result: 'success', data: { status: 'ready' }, stale: true });
    const list = (await ask(grid, 'GET', `${CLUSTERS}/test/second`)).body;
    expect(list).toMatchObject({ stale: true, clusters: expect.arrayContaining([expect.objectContaining({ uri: uriOf(cluster) })]) });
  });

  test.each(['nodes', 'services'])('%s: 503 with what to do', async (part) => {
    const answer = await ask(grid, 'GET', `${cluster}/${part}`);
    expect(answer).toMatchObject({ status: 503, body: { status: 503, code: 'no_answer', error: 'service unavailable', fix: expect.stringContaining('/readyz') } });
    expect(answer.headers.get('retry-after')).toBe('1');
  });

  test('DELETE: 503, not confirmed; repeated under the same key when a worker is back it is carried out once', async () => {
    const key = { 'idempotency-key': 'delete-1' };
    expect(await ask(grid, 'DELETE', cluster, undefined, key)).toMatchObject({ status: 503, body: { code: 'not_confirmed', fix: expect.stringContaining('Idempotency-Key') } });
    worker = await startControlWorker(grid, activities, worker);
    expect(await ask(grid, 'DELETE', cluster, undefined, key)).toMatchObject({ status: 200, body: { message: 'success' } });
    await becomes(cluster, 'destroyed');
    await eventually(() => ask(grid, 'GET', cluster), (a) => a.body.stale === undefined);
  });
});
