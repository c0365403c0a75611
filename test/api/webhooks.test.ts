import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { grid as runCli } from '../support/cli';
import { ask, untilConfirmed, type Answer } from '../support/http';
import { eventually, makeNamespace, startApi, type ApiUnderTest } from './support/api_under_test';
import { startControlWorker, type ControlWorker } from './support/control_worker';

const SECRET = 'env:GRID_TEST_WEBHOOK_SECRET';
const PRODUCTS = '/bigdata/api/v1/products';
const PATIENCE_MS = 120_000;

interface Got {
  headers: IncomingHttpHeaders;
  body: string;
  /** The lifecycle that it tells of, at which revision. */
  told: string;
}

let grid: ApiUnderTest;
let worker: ControlWorker;
let receiver: Server;
let address: string;
/** What came, by path; and what is answered there. */
const got = new Map<string, Got[]>();
const answers = new Map<string, number>();

beforeAll(async () => {
  process.env['GRID_TEST_WEBHOOK_SECRET'] = 'not for everybody';
  receiver = createServer((request, response) => {
    void text(request).then((body) => {
      const path = request.url!;
      const { data } = JSON.parse(body);
      got.set(path, [...(got.get(path) ?? []), { headers: request.headers, body, told: `${data.id} ${data.revision}` }]);
      response.writeHead(answers.get(path) ?? 200, { location: '/elsewhere' }).end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  grid = await startApi();
  await makeNamespace(grid);
  worker = await startControlWorker(grid);
  await worker.definePlanners();
});
afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await worker.end();
  await grid.end();
  delete process.env['GRID_TEST_WEBHOOK_SECRET'];
});

const at = (path: string): Got[] => got.get(path) ?? [];
/** What came there of this product, each revision once, in the order in which it came. */
const toldOf = (path: string, product: string): string[] => [...new Set(at(path).map(({ told }) => told).filter((told) => told.startsWith(`product/${product}/`)))];
const see = async (name: string): Promise<any> => (await ask(grid, 'GET', `/api/v1/webhooks/${name}`)).body;
const seen = (name: string, is: (webhook: any) => boolean): Promise<any> => eventually(() => see(name), (one) => one.stale !== true && is(one), PATIENCE_MS);
const verb = (name: string, word: string): Promise<Answer> => {
  const key = { 'idempotency-key': randomUUID() };
  return untilConfirmed(() => ask(grid, 'POST', `/api/v1/lifecycles/webhook/${name}/${word}`, {}, key));
};

async function define(name: string, more: object = {}): Promise<void> {
  expect((await ask(grid, 'PUT', `/api/v1/webhooks/${name}`, { url: `${address}/${name}`, secret: SECRET, kinds: ['product'], ...more })).status).toBe(201);
}

/** Something that changes: one more description of a product. */
async function change(product: string, description = randomUUID()): Promise<void> {
  const key = { 'idempotency-key': randomUUID() };
  const answer = await eventually(() => ask(grid, 'POST', PRODUCTS, { name: product, version: '1', description }, key), ({ status }) => status < 500, PATIENCE_MS);
  expect([200, 201]).toContain(answer.status);
}

const revisionOf = async (product: string): Promise<number> => (await eventually(() => ask(grid, 'GET', `/api/v1/lifecycles/product/${product}/1`), ({ body }) => typeof body.revision === 'number' && body.stale !== true, PATIENCE_MS)).body.revision;

/** Every revision of it, the last one too. */
const allOf = (product: string, last: number): string[] => Array.from({ length: last - 1 }, (_, n) => `product/${product}/1 ${n + 2}`);

test('every change of what is chosen is told once or more under its id, in order, signed; with nothing before it was defined', async () => {
  await change('early');
  await define('plain');
  for (let n = 0; n < 3; n++) await change('told');
  const last = await revisionOf('told');
  await eventually(async () => toldOf('/plain', 'told'), (told) => told.at(-1) === `product/told/1 ${last}`, PATIENCE_MS);
  expect(toldOf('/plain', 'told').filter((told) => !told.endsWith(' 0') && !told.endsWith(' 1'))).toEqual(allOf('told', last));
  expect(toldOf('/plain', 'early')).toEqual([]);
  expect(at('/plain').every(({ told }) => told.startsWith('product/'))).toBe(true);
  const [{ headers, body } = at('/plain')[0]!] = at('/plain');
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = headers;
  expect(signature).toBe(`v1,${createHmac('sha256', 'not for everybody').update(`${id}.${time}.${body}`).digest('base64')}`);
  expect(JSON.parse(body)).toMatchObject({ type: 'product.changed', id, webhook: 'plain', data: { kind: 'product', revision: expect.any(Number) } });
  const shown = await seen('plain', ({ deliveries, waiting }) => waiting === 0 && deliveries[0]?.revision === last);
  expect(shown).toMatchObject({ state: 'listening', secret: SECRET, deliveries: expect.arrayContaining([expect.objectContaining({ lifecycle: 'product/told/1', revision: last, outcome: 'delivered', status: 200, attempts: 1 })]) });
  expect(JSON.stringify(shown)).not.toContain('not for everybody');
});

test('what is not taken is tried again, then waits for a person: retry tells it, skip passes it over, and what came after it is told', async () => {
  answers.set('/stuck', 500);
  await define('stuck', { attempts: 2 });
  await change('wanted');
  const blocked = await seen('stuck', ({ conditions }) => conditions.some(({ type }: { type: string }) => type === 'Blocked'));
  expect(blocked).toMatchObject({ next: { lifecycle: 'product/wanted/1' }, steps: [{ name: 'deliver', state: 'blocked', lastError: { code: 'not_taken', message: expect.stringContaining('answered 500'), fix: expect.any(String) } }], verbs: expect.arrayContaining(['retry', 'skip', 'pause', 'abort', 'destroy']) });
  expect(new Set(at('/stuck').map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(at('/stuck').length).toBeGreaterThanOrEqual(2);
  expect((await runCli(['webhook', 'show', 'stuck'], { env: { GRID_API: grid.api } })).stdout).toMatch(/deliver is blocked[^]*grid retry webhook\/stuck/);
  expect((await verb('stuck', 'skip')).status).toBe(200);
  const skipped = await seen('stuck', ({ deliveries }) => deliveries.some(({ outcome }: { outcome: string }) => outcome === 'skipped'));
  expect(skipped.deliveries.find(({ outcome }: { outcome: string }) => outcome === 'skipped')).toMatchObject({ event: blocked.next.event, attempts: 2, status: null });
  await seen('stuck', ({ conditions, next }) => conditions.length > 0 && next?.event !== blocked.next.event);
  answers.set('/stuck', 204);
  expect((await verb('stuck', 'retry')).status).toBe(200);
  const well = await seen('stuck', ({ conditions, waiting, deliveries }) => conditions.length === 0 && waiting === 0 && deliveries[0]?.outcome === 'delivered');
  expect(well.deliveries.filter(({ outcome }: { outcome: string }) => outcome === 'delivered')[0]).toMatchObject({ status: 204 });
});

test('a redirect is not followed and not tried again; another address is, at once', async () => {
  answers.set('/moved', 301);
  await define('moved');
  await change('movable');
  const blocked = await seen('moved', ({ conditions }) => conditions.length > 0);
  expect([blocked.steps[0].lastError.code, at('/elsewhere'), at('/moved').length]).toEqual(['not_wanted', [], 1]);
  const changed = await ask(grid, 'PUT', '/api/v1/webhooks/moved', { url: `${address}/right`, secret: SECRET, kinds: ['product'] });
  expect([changed.status, changed.body.url]).toEqual([200, `${address}/right`]);
  await verb('moved', 'retry');
  await eventually(async () => toldOf('/right', 'movable'), (told) => told.length > 0, PATIENCE_MS);
});

test('while it is paused nothing is told, and nothing is missed; what is given up is not told any more', async () => {
  await define('held');
  await verb('held', 'pause');
  await change('meanwhile');
  const last = await revisionOf('meanwhile');
  await eventually(async () => toldOf('/plain', 'meanwhile'), (told) => told.at(-1) === `product/meanwhile/1 ${last}`, PATIENCE_MS);
  expect(at('/held')).toEqual([]);
  await verb('held', 'resume');
  await eventually(async () => toldOf('/held', 'meanwhile'), (told) => told.at(-1) === `product/meanwhile/1 ${last}`, PATIENCE_MS);
  answers.set('/held', 500);
  await ask(grid, 'PUT', '/api/v1/webhooks/held', { url: `${address}/held`, secret: SECRET, kinds: ['product'], attempts: 1 });
  await change('given');
  await seen('held', ({ conditions }) => conditions.length > 0);
  expect((await verb('held', 'abort')).status).toBe(200);
  answers.set('/held', 200);
  await seen('held', ({ deliveries, conditions }) => conditions.length === 0 && deliveries.some(({ outcome }: { outcome: string }) => outcome === 'given_up'));
});

test('a worker that ends and one that comes miss nothing between them', async () => {
  await worker.stop();
  const { client } = grid;
  // While no worker runs an update waits for one: it is carried out by the next.
  const late = client.workflow.getHandle('product/told/1').executeUpdate('put_metadata', { args: [{ description: 'late' }], updateId: randomUUID() });
  worker = await startControlWorker(grid, undefined, worker);
  await late;
  await change('told');
  const last = await revisionOf('told');
  await eventually(async () => toldOf('/plain', 'told'), (told) => told.at(-1) === `product/told/1 ${last}`, PATIENCE_MS);
  expect(toldOf('/plain', 'told').filter((told) => !told.endsWith(' 0') && !told.endsWith(' 1'))).toEqual(allOf('told', last));
});

test('it is listed, changed and removed from the command line; what cannot be is refused and changes nothing', async () => {
  const cli = (...words: string[]) => runCli(['webhook', ...words], { env: { GRID_API: grid.api } });
  expect(await cli('add', 'mine', `${address}/mine`, '--secret', SECRET, '--kind', 'cluster', '--owner', 'alice')).toMatchObject({ code: 0, stdout: `mine is defined: it tells ${address}/mine\n` });
  expect((await eventually(() => cli('list'), ({ stdout }) => stdout.includes('mine'))).stdout).toMatch(/mine +listening +http:\S+\/mine +cluster that alice may see +alice/);
  expect(await cli('add', 'mine', `${address}/mine`, '--secret', SECRET)).toMatchObject({ code: 1, stderr: expect.stringContaining('what alice may see') });
  for (const [body, field] of [[{ url: 'ftp://x', secret: SECRET }, 'url'], [{ url: 'http://user:word@x', secret: SECRET }, 'url'], [{ url: address, secret: 'in the clear' }, 'secret'], [{ url: address, secret: SECRET, kinds: ['none'] }, 'kinds.0'], [{ url: address, secret: SECRET, attempts: 0 }, 'attempts'], [{ url: address }, 'secret']] as const) {
    const answer = await ask(grid, 'PUT', '/api/v1/webhooks/wrong', body);
    expect([answer.status, answer.body.field]).toEqual([400, field]);
  }
  expect((await ask(grid, 'GET', '/api/v1/webhooks/wrong')).status).toBe(404);
  expect(await cli('rm', 'mine')).toMatchObject({ code: 0, stdout: 'mine is removed\n' });
  await eventually(() => cli('show', 'mine'), ({ code }) => code === 4);
  expect((await ask(grid, 'GET', '/api/v1/lifecycles/webhook/mine')).body.state).toBe('destroyed');
});
