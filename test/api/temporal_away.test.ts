import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectWithin } from '../../cli/up/connect';
import { temporalArgs, temporalEnv } from '../../cli/up/temporal_args';
import { freePort } from '../support/grid';
import { ask } from '../support/http';
import { samplesOf, valueOf } from '../support/metrics';
import { eventually, makeNamespace, startApi, type ApiUnderTest } from './support/api_under_test';

/** Well within what a request waits for Temporal. */
const REQUEST_MS = 6_000;

/** One Temporal server of this test, on a file: it is not there, comes, is killed and comes back. */
let dir: string;
let port: number;
let server: ChildProcess | undefined;
let grid: ApiUnderTest;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'grid-away-'));
  port = await freePort();
  grid = await startApi({ address: `127.0.0.1:${port}`, namespace: 'away' });
});
afterAll(async () => {
  // The look at readiness that an answer began may still be repeated: a client that is closed meanwhile would throw.
  await ask(grid, 'GET', '/readyz');
  await kill();
  await grid.end();
  rmSync(dir, { recursive: true, force: true });
});

async function start(): Promise<void> {
  server = spawn(process.env.GRID_TEST_TEMPORAL_BIN!, temporalArgs({ port, ui: false, databaseFile: join(dir, 'temporal.db') }), { env: temporalEnv(process.env), stdio: 'ignore' });
  const connection = await connectWithin({ address: `127.0.0.1:${port}` }, 30_000);
  await connection.close();
}

async function kill(): Promise<void> {
  if (!server) return;
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
  server = undefined;
}

const REQUESTS: [string, string, unknown?][] = [
  ['GET', '/bigdata/api/v1/products'], ['GET', '/bigdata/api/v1/products/a/1'], ['POST', '/bigdata/api/v1/products', { name: 'a', version: '1', description: '' }],
  ['PUT', '/bigdata/api/v1/products/a/1/options', {}], ['POST', '/bigdata/api/v1/products/a/1', {}], ['GET', `/bigdata/api/v1/queue/${'0'.repeat(32)}`],
  ['GET', '/bigdata/api/v1/clusters'], ['GET', '/bigdata/api/v1/clusters/test/a/1/1'], ['DELETE', '/bigdata/api/v1/clusters/test/a/1/1'], ['GET', '/bigdata/api/v1/clusters/test/a/1/1/nodes'],
  ['GET', '/api/v1/lifecycles'], ['GET', '/api/v1/lifecycles/compute/host'], ['POST', '/api/v1/lifecycles/compute/host/pause', {}],
  ['GET', '/api/v1/machines'], ['GET', '/api/v1/computes'], ['GET', '/api/v1/computes/host'], ['GET', '/readyz'],
];

async function allAnswer503(): Promise<void> {
  // What readiness was is kept for a second.
  const metrics = await eventually(async () => samplesOf((await ask(grid, 'GET', '/metrics')).body), (seen) => valueOf(seen, 'grid_temporal_up') === 0);
  expect(valueOf(metrics, 'grid_lifecycles')).toBeUndefined();
  const startedAt = Date.now();
  const answers = await Promise.all(REQUESTS.map(async ([method, path, body]) => ({ what: `${method} ${path}`, answer: await ask(grid, method, path, body) })));
  for (const { what, answer } of answers) {
    expect([what, answer.status]).toEqual([what, 503]);
    expect(answer.body).toMatchObject({ status: 503, code: expect.any(String), fix: expect.any(String) });
    expect(answer.headers.get('retry-after')).toBe('1');
  }
  expect(Date.now() - startedAt).toBeLessThan(30_000);
  expect((await ask(grid, 'GET', '/healthz')).status).toBe(200);
}

const answersAgain = () => eventually(() => ask(grid, 'GET', '/bigdata/api/v1/clusters'), (a) => a.status === 200);

test('started before Temporal: every path says 503 with what to do, and is answered once Temporal is there', async () => {
  await allAnswer503();
  await start();
  for (const path of ['/bigdata/api/v1/clusters', '/bigdata/api/v1/clusters/test/a/1/1', '/api/v1/lifecycles/compute/host']) {
    expect(await ask(grid, 'GET', path)).toMatchObject({ status: 503, body: { code: 'no_namespace', fix: expect.stringContaining('grid up') } });
  }
  await makeNamespace(grid);
  await answersAgain();
  expect((await ask(grid, 'GET', '/bigdata/api/v1/clusters/test/a/1/1')).status).toBe(404);
  // Readiness is a second old at most: a look from before the namespace was there may still be the answer.
  const { body } = await eventually(() => ask(grid, 'GET', '/readyz'), (a) => a.body.code !== 'temporal_away');
  expect(body).toMatchObject({ code: 'no_worker', temporal: true, controlWorker: false });
});

test('kill -9 of Temporal: 503, and answers again by itself after it came back on its file', async () => {
  await kill();
  await allAnswer503();
  await start();
  await answersAgain();
});

test('a restart of Temporal within the time of a request is not felt', async () => {
  for (let tookMs = Infinity; tookMs > REQUEST_MS; ) {
    await kill();
    const askedAt = Date.now();
    const answer = ask(grid, 'GET', '/bigdata/api/v1/clusters');
    await start();
    tookMs = Date.now() - askedAt;
    const { status } = await answer;
    // A busy machine may take longer to start a server than a request waits for one.
    if (tookMs <= REQUEST_MS) expect(status).toBe(200);
  }
});
