import { assert, asyncProperty, constantFrom, oneof, string } from 'fast-check';
import { Client } from '@temporalio/client';
import { pino } from 'pino';
import { createApp, ENDPOINTS, PAGES } from '../../api/app';
import { pathPattern } from '../../api/http/endpoint';
import { prefixQuery } from '../../process/visibility';
import { ask } from '../support/http';
import { makeNamespace, raw, startApi, type ApiUnderTest } from './support/api_under_test';
import { startControlWorker, type ControlWorker } from './support/control_worker';

let grid: ApiUnderTest;
let worker: ControlWorker;

beforeAll(async () => {
  grid = await startApi();
  await makeNamespace(grid);
  worker = await startControlWorker(grid);
  await worker.defineHost();
  await worker.definePlanners();
});
afterAll(async () => {
  await worker.end();
  await grid.end();
});

/** A path of the endpoint, its parameters filled with something plain. */
const plain = (path: string) => path.replaceAll(/\{(\w+)\+?\}/g, (_, name: string) => (name === 'number' ? '1' : name === 'id' && path.includes('lifecycles') ? 'compute/none' : 'none'));

describe('paths and methods', () => {
  test.each(['/nothing', '/api/v1/nothing', '/api/v2/lifecycles', '/bigdata/api/v2/products', '/bigdata/api/v1/products/a/b/c/d'])('an unknown path: 404 in the form of its side (%s)', async (path) => {
    const answer = await ask(grid, 'GET', path);
    const form = path.startsWith('/bigdata') ? { status: 404, error: 'not found', message: 'invalid resource URI' } : { type: 'urn:service-grid:problem:unknown_path', title: 'not found', status: 404, instance: path };
    expect(answer).toMatchObject({ status: 404, body: { ...form, code: 'unknown_path', fix: expect.any(String) } });
  });

  test('a known path with a method that it does not have: 405, and Allow names those that it has', async () => {
    const all = [...ENDPOINTS, ...PAGES];
    for (const path of new Set(all.map((e) => plain(e.path)))) {
      const written = all.filter((e) => e.path === path);
      const has = (written.length > 0 ? written : all.filter((e) => pathPattern(e.path).test(path))).map((e) => e.method.toUpperCase());
      const hasNot = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'].find((method) => !has.includes(method))!;
      const answer = await raw(grid.api, hasNot, path);
      expect([path, hasNot, answer.status]).toEqual([path, hasNot, 405]);
      expect(String(answer.headers.allow).split(', ').filter((m) => m !== 'HEAD').sort()).toEqual([...new Set(has)].sort());
      expect(JSON.parse(answer.text)).toMatchObject({ status: 405, code: 'method_not_allowed' });
    }
  });

  test('P-19: 405 on a path of the seed is told in its words', async () => {
    expect((await ask(grid, 'DELETE', '/bigdata/api/v1/products')).body).toMatchObject({ status: 405, error: 'method not supported' });
  });

  test('a slash at the end changes nothing', async () => {
    expect((await ask(grid, 'GET', '/bigdata/api/v1/products/')).body).toEqual({ products: [] });
    expect((await ask(grid, 'PUT', '/bigdata/api/v1/products/')).status).toBe(405);
  });
});

describe('whatever is sent, no answer is 500', () => {
  const strange = oneof(string({ unit: 'binary', maxLength: 40 }), constantFrom('%', '%zz', '%00', '%2e%2e%2f', '..', "' OR 1=1 --", '\\', '%ff%fe', 'x'.repeat(5_000), '\u{1f600}', '__proto__', 'constructor'));
  const inPath = (text: string) => (/^%/.test(text) ? text : encodeURIComponent(Buffer.from(text).toString()));

  test.each([...ENDPOINTS, ...PAGES].map((e) => [e.method, e.path] as const))('%s %s', async (method, path) => {
    await assert(
      asyncProperty(strange, strange, strange, async (a, b, body) => {
        const target = `${path.replaceAll(/\{\w+\+?\}/g, () => inPath(a) || 'x')}?${inPath(b)}=${inPath(a)}&limit=${inPath(b)}`;
        const payload = method === 'get' ? undefined : Buffer.from(body);
        const answer = await raw(grid.api, method.toUpperCase(), target, { 'content-type': 'application/json', 'if-match': '"1"', connection: 'close' }, payload);
        // 501 is how seed 001 says that a compute is not defined.
        expect([target, answer.status < 500 || answer.status === 501 ? 'fine' : `${answer.status} ${answer.text}`]).toEqual([target, 'fine']);
      }),
      { numRuns: 15 },
    );
  });

  test('headers that are too large: 431', async () => {
    expect((await raw(grid.api, 'GET', '/healthz', { x: 'x'.repeat(20_000) })).status).toBe(431);
  });

  test('a Host that is none: 400', async () => {
    expect((await raw(grid.api, 'GET', '/healthz', { host: 'a b/c' })).status).toBe(400);
  });
});

test('what nobody foresaw is answered 500 without a word of it, and logged with all of it', async () => {
  const logged: string[] = [];
  const broken = new Proxy(Client.prototype, {
    get: () => {
      throw new TypeError('secret of /home/somebody');
    },
  });
  const app = createApp({ client: broken, namespace: 'x', config: { temporal: { codecKeys: [] }, url: 'http://localhost', home: '/nowhere' }, log: pino({}, { write: (line: string) => void logged.push(line) }) });
  for (const path of ['/bigdata/api/v1/products', '/api/v1/lifecycles']) {
    const answer = await app.request(path, { headers: { 'x-request-id': 'req-7' } });
    const text = await answer.text();
    expect(answer.status).toBe(500);
    expect(text).not.toMatch(/secret|home|TypeError|\bat \S+:\d/);
    expect(JSON.parse(text)).toMatchObject({ status: 500, code: 'unexpected', fix: expect.stringContaining('req-7') });
  }
  expect(logged.join('')).toContain('secret of /home/somebody');
});

describe('pages of other sites', () => {
  const attempt = (headers: Record<string, string>, path = '/api/v1/lifecycles/compute/none/pause') => raw(grid.api, 'POST', path, headers);
  const host = () => new URL(grid.api).host;

  test.each(['https://evil.example', 'http://127.0.0.1:1', 'null', 'nonsense'])('may not command: 403 (Origin: %s)', async (origin) => {
    const answer = await attempt({ origin });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([403, expect.objectContaining({ code: 'foreign_origin', title: 'forbidden' })]);
    expect((await attempt({ origin, 'content-type': 'application/json' }, '/bigdata/api/v1/products')).status).toBe(403);
  });

  test('nor may a name that somebody points at us', async () => {
    expect((await attempt({ origin: 'http://rebound.example', host: 'rebound.example' })).status).toBe(403);
  });

  test('our own pages, and programs, may', async () => {
    for (const headers of [{ origin: grid.api }, { origin: `http://localhost:${new URL(grid.api).port}`, host: `localhost:${new URL(grid.api).port}` }, {}]) {
      expect((await attempt(headers as Record<string, string>)).status).toBe(404);
    }
  });

  test('no answer lets another site read it', async () => {
    for (const [method, path] of [['GET', '/api/v1/lifecycles'], ['OPTIONS', '/api/v1/lifecycles'], ['OPTIONS', '/bigdata/api/v1/products'], ['GET', '/nothing']] as const) {
      const answer = await raw(grid.api, method, path, { origin: 'https://evil.example', 'access-control-request-method': 'PUT', host: host() });
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  test('a form cannot place an order: its content types are not taken', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      expect((await raw(grid.api, 'POST', '/bigdata/api/v1/products/a/1', { 'content-type': type }, '{"size": 1}')).status).toBe(400);
    }
  });
});

test.each(['/healthz', '/nothing', '/bigdata/api/v1/products', '/'])('every answer carries headers against sniffing and framing, and a request id (%s)', async (path) => {
  const { headers } = await raw(grid.api, 'GET', path, { 'x-request-id': 'mine-1' });
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'same-origin', 'x-request-id': 'mine-1',
    'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
  });
  expect(headers).not.toHaveProperty('x-powered-by');
  expect((await raw(grid.api, 'GET', path, { 'x-request-id': 'evil\tid' })).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('the access log is one JSON line a request, without query, headers and body', async () => {
  grid.logged.length = 0;
  await raw(grid.api, 'POST', '/bigdata/api/v1/products?token=query-secret', { 'content-type': 'text/plain', authorization: 'Bearer header-secret', 'x-auth-token': 'token-secret' }, 'body-secret');
  expect(grid.logged).toHaveLength(1);
  expect(JSON.parse(grid.logged[0]!)).toMatchObject({ method: 'POST', path: '/bigdata/api/v1/products', status: 400, ms: expect.any(Number), requestId: expect.any(String) });
  expect(grid.logged[0]).not.toContain('secret');
});

test('a value in a visibility query stays one value, whatever it holds', async () => {
  const id = "cluster/o'brien/x%_";
  await grid.client.workflow.start('cluster', { workflowId: `${id}/1`, taskQueue: 'nobody', args: [] });
  const found = async (prefix: string) => (await grid.client.workflow.count(prefixQuery(prefix))).count;
  for (let n = 0; n < 100 && (await found(id)) === 0; n++) await new Promise((done) => setTimeout(done, 20));
  expect(await found(id)).toBe(1);
  for (const other of ["x' OR WorkflowId STARTS_WITH 'cluster", "cluster/o'brien\\\\", 'cluster/o_brien', '%', "' OR ''='", "\\' OR 1=1 OR WorkflowId='"]) {
    expect([other, await found(other)]).toEqual([other, 0]);
  }
});
