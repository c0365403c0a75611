import { ask, type Answer } from '../support/http';
import { eventually, makeNamespace, raw, startApi, type ApiUnderTest } from './support/api_under_test';
import { startControlWorker, type ControlWorker } from './support/control_worker';
import { putProduct } from './support/products';

const PAAS = '/bigdata/api/v1';

let grid: ApiUnderTest;
let worker: ControlWorker;
let product: string;

beforeAll(async () => {
  grid = await startApi();
  await makeNamespace(grid);
  worker = await startControlWorker(grid);
  await worker.defineHost();
  product = await putProduct(grid, { name: 'sized' });
});
afterAll(async () => {
  await worker.end();
  await grid.end();
});

const order = (body?: unknown, headers: Record<string, string> = {}, query = '') => ask(grid, 'POST', `${product}${query}`, body, headers);
const clusters = async (): Promise<{ uri: string }[]> => (await ask(grid, 'GET', `${PAAS}/clusters/test/sized`)).body.clusters;
const finished = (url: string): Promise<Answer> => eventually(() => ask(grid, 'GET', url), (a) => a.body.status !== 'pending');

test('P-11, P-12: 202 with the place in the queue, which leads to the cluster with 303', async () => {
  const placed = await order({ size: 1 });
  expect(placed.status).toBe(202);
  expect(placed.body).toEqual({ url: expect.stringMatching(new RegExp(`^${grid.api}${PAAS}/queue/[0-9a-f]{32}$`)) });
  expect(placed.headers.get('location')).toBe(placed.body.url);
  const { status, headers, body } = await finished(placed.body.url);
  expect(status).toBe(303);
  expect(headers.get('location')).toMatch(new RegExp(`^${grid.api}${PAAS}/clusters/test/sized/1.0/\\d+$`));
  expect(body).toEqual({ status: 'registered', url: headers.get('location') });
  expect((await ask(grid, 'GET', body.url)).body).toMatchObject({ result: 'success', data: { dn: expect.stringMatching(/^clusters\/test\/sized\/1.0\/\d+$/) } });
});

test('URLs are those of the Host that was asked; a token sent is ignored', async () => {
  const answer = await raw(grid.api, 'POST', product, { host: 'grid.example', 'content-type': 'application/json', 'x-auth-token': 'forged' }, '{"size": 1}');
  expect([answer.status, JSON.parse(answer.text).url]).toEqual([202, expect.stringMatching(/^http:\/\/grid\.example\/bigdata\/api\/v1\/queue\//)]);
});

test.each([['"1"', { size: '1' }], ['a trailing comma', '{"size": 1,}']])('seed 002: the size is taken as %s', async (_how, body) => {
  expect((await order(body)).status).toBe(202);
});

test('no body at all is an order without options (spec §3.6 g)', async () => {
  const optional = await putProduct(grid, { name: 'optional', options: { optional: { size: 1 } } });
  expect((await raw(grid.api, 'POST', optional)).status).toBe(202);
  expect((await raw(grid.api, 'POST', product)).status).toBe(400);
});

describe('an order that cannot be carried out is refused before anything is started', () => {
  test.each<[string, unknown, number, object]>([
    ['a required option is missing', {}, 400, { code: 'missing_option', error: 'invalid options', field: 'options.size' }],
    ['an option has the wrong type', { size: 'two' }, 400, { code: 'wrong_option_type', field: 'options.size' }],
    ['the template yields no nodes', { size: 0 }, 400, {}],
    ['more is asked than any machine has', { size: 100_000 }, 400, {}],
    ['the options are a list', [1], 400, { code: 'invalid_body' }],
    ['the body is not JSON', '{"size": }', 400, { code: 'invalid_json', line: 1 }],
  ])('%s', async (_what, body, status, said) => {
    const before = await clusters();
    const answer = await order(body);
    expect(answer).toMatchObject({ status, body: { status, message: expect.any(String), code: expect.any(String), fix: expect.any(String), ...said } });
    expect(await clusters()).toEqual(before);
  });

  test("curl's own content type is refused with what to send", async () => {
    const answer = await order('{"size": 1}', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'wrong_content_type', fix: 'Send the header Content-Type: application/json.' } });
  });

  test('an unknown product or version: 404', async () => {
    for (const path of ['nobody/1.0', 'sized/9']) {
      expect(await ask(grid, 'POST', `${PAAS}/products/${path}`, { size: 1 })).toMatchObject({ status: 404, body: { code: 'product_not_found' } });
    }
  });

  test('an unknown compute: 400 with the field; one that is no name too', async () => {
    expect(await order({ size: 1 }, {}, '?compute=nowhere')).toMatchObject({ status: 400, body: { field: 'compute' } });
    expect(await order({ size: 1 }, {}, '?compute=..%2Fx')).toMatchObject({ status: 400, body: { field: 'compute' } });
  });
});

describe('Idempotency-Key', () => {
  test('the same order under the same key is one order, at once and after it is over, and one cluster', async () => {
    const key = { 'idempotency-key': 'k-1' };
    const before = (await clusters()).length;
    const together = await Promise.all([order({ size: 1 }, key), order('{ "size" : 1 }', key)]);
    await finished(together[0].body.url);
    const later = await order({ size: 1 }, key);
    expect([...together, later].map((a) => [a.status, a.body.url])).toEqual(Array(3).fill([202, together[0].body.url]));
    await eventually(clusters, (now) => now.length === before + 1);
  });

  test('another order under the same key: 422, while the first runs and after it is over', async () => {
    const key = { 'idempotency-key': 'k-2' };
    const first = await order({ size: 1 }, key);
    expect(await order({ size: 2 }, key)).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused', error: 'unprocessable content' } });
    await finished(first.body.url);
    expect((await order({ size: 2 }, key)).status).toBe(422);
    expect((await order({ size: 1 }, key, '?compute=host')).status).toBe(422);
    expect((await ask(grid, 'POST', await putProduct(grid, { name: 'other' }), { size: 1 }, key)).status).toBe(422);
  });

  test('a refused order repeated is refused for the same reason', async () => {
    const key = { 'idempotency-key': 'k-3' };
    const answers = [await order({}, key), await order({}, key)];
    expect(answers.map((a) => [a.status, a.body.code, a.body.field])).toEqual(Array(2).fill([400, 'missing_option', 'options.size']));
    const { summary } = (await grid.client.workflow.getHandle(`launch/${await jobOf('k-3')}`).describe()).memo as { summary: { detail: { status: string } } };
    expect(summary.detail.status).toBe('error');
    expect(await ask(grid, 'GET', `${PAAS}/queue/${await jobOf('k-3')}`)).toMatchObject({ status: 200, body: { status: 'error', code: 'missing_option', message: expect.any(String) } });
  });

  test.each(['', ' ', 'a b', 'ä', 'x'.repeat(256)])('%j is no key: 400', async (key) => {
    const answer = await raw(grid.api, 'POST', product, { 'content-type': 'application/json', 'idempotency-key': encodeURI(key) === key ? key : Buffer.from(key).toString('latin1') }, '{"size": 1}');
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, 'invalid_idempotency_key']);
  });

  async function jobOf(key: string): Promise<string> {
    const again = await order({}, { 'idempotency-key': key });
    expect(again.status).toBe(400);
    const { createHash } = await import('node:crypto');
    return createHash('sha256').update(`test\0${key}`).digest('hex').slice(0, 32);
  }
});

describe('/queue', () => {
  test.each(['0'.repeat(32), 'nonsense', "x'%20OR%201=1"])('P-12: unknown: 404 (%s)', async (job) => {
    expect(await ask(grid, 'GET', `${PAAS}/queue/${job}`)).toMatchObject({ status: 404, body: { status: 404, error: expect.stringMatching(/not found/) } });
  });

  test('an order that was ended from outside is told as failed, not as pending for ever', async () => {
    await worker.stop();
    const placed = await order({ size: 1 });
    await grid.client.workflow.getHandle(`launch/${placed.body.url.split('/').at(-1)}`).terminate('by a person');
    expect((await ask(grid, 'GET', placed.body.url)).body).toMatchObject({ status: 'error', code: 'order_ended' });
    worker = await startControlWorker(grid, undefined, worker);
  });
});

test('while no worker runs an order is taken all the same, is pending in the queue, and carried out when one is back', async () => {
  await worker.stop();
  const placed = await order({ size: 1 }, { 'idempotency-key': 'k-away' });
  expect(placed.status).toBe(202);
  expect(await ask(grid, 'GET', placed.body.url)).toMatchObject({ status: 200, body: { status: 'pending' } });
  const startedAt = Date.now();
  expect((await order({ size: 7 }, { 'idempotency-key': 'k-away' })).status).toBe(422);
  expect(Date.now() - startedAt).toBeLessThan(2_000);
  worker = await startControlWorker(grid, undefined, worker);
  expect((await finished(placed.body.url)).status).toBe(303);
});
