import { audit } from '../support/audit';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, documentOf, launch, order as place, queued, until, read } from '../support/http';
import { idle, putProduct } from '../support/product';

/** The same request sent again changes nothing; of two that contradict each other one is told so. */
const PAAS = '/bigdata/api/v1';
let grid: TestGrid;

beforeAll(async () => {
  grid = await startGrid();
  await putProduct(grid, 'plain', { template: idle(1), options: { optional: { size: 1 } } });
});
afterAll(async () => {
  expect(labelled(grid.home)).toEqual([]);
  await grid.end();
});

afterEach(() => audit(grid));

const order = (body: object, key: string) => place(grid, 'plain/1', body, { 'idempotency-key': key });
const clusters = async (): Promise<string[]> => (await read(grid, `${PAAS}/clusters/test/plain/1`)).clusters.map((c: { uri: string }) => c.uri.replace('clusters/', 'cluster/'));

test('one order sent fifty times at once is one cluster', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => order({ size: 1 }, 'same')));
  expect(answers.map((a) => a.status)).toEqual(answers.map(() => 202));
  expect(new Set(answers.map((a) => a.body.url)).size).toBe(1);
  const id = await queued(grid, answers[0]!.body.url);
  await until(grid, id, (d) => d.state === 'ready');
  expect(await clusters()).toEqual([id]);
  expect((await order({ size: 1 }, 'same')).body.url).toBe(answers[0]!.body.url);
  await destroyed(grid, id);
  expect(await clusters()).toEqual([id]);
});

test('another order under the same key is refused, at once and later, and starts nothing', async () => {
  const before = await clusters();
  const both = await Promise.all([order({ size: 1 }, 'taken'), order({ size: 2 }, 'taken')]);
  expect(both.map((a) => a.status).sort()).toEqual([202, 422]);
  const refused = both.find((a) => a.status === 422)!;
  expect(refused.body).toMatchObject({ code: 'idempotency_key_reused', field: 'Idempotency-Key', fix: expect.any(String) });
  const id = await queued(grid, both.find((a) => a.status === 202)!.body.url);
  expect((await order({ size: 3 }, 'taken')).status).toBe(422);
  await until(grid, id, (d) => d.state === 'ready');
  expect((await clusters()).filter((c) => !before.includes(c))).toEqual([id]);
  await destroyed(grid, id);
});

test('orders at once under keys of their own get numbers of their own, without a gap', async () => {
  const from = (await clusters()).length;
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => order({ size: 1 }, `own-${i}`)));
  const ids = await Promise.all(answers.map((a) => queued(grid, a.body.url)));
  expect(ids.map((id) => Number(id.split('/').at(-1))).sort((a, b) => a - b)).toEqual(ids.map((_, i) => from + i + 1));
  await Promise.all(ids.map((id) => until(grid, id, (d) => d.state === 'ready')));
  await Promise.all(ids.map((id) => destroyed(grid, id)));
});

test('a refused order stays refused under its key', async () => {
  const first = await order({ size: 'many' }, 'refused');
  const again = await order({ size: 'many' }, 'refused');
  expect([first.status, again.status]).toEqual([400, 400]);
  expect(again.body).toMatchObject({ code: first.body.code, field: 'options.size', fix: first.body.fix });
});

test('a verb sent ten times at once under one key is carried out once', async () => {
  const id = await launch(grid, 'plain/1', {});
  await until(grid, id, (d) => d.state === 'ready' && d.operation === null);
  const pause = () => ask(grid, 'POST', `/api/v1/lifecycles/${id}/pause`, { reason: 'once' }, { 'idempotency-key': 'pause' });
  const answers = await Promise.all(Array.from({ length: 10 }, pause));
  expect(answers.map((a) => a.status)).toEqual(answers.map(() => 200));
  expect((await documentOf(grid, id)).timeline.filter((t) => t.because === 'pause: once')).toHaveLength(1);
  const other = await ask(grid, 'POST', `/api/v1/lifecycles/${id}/pause`, {});
  expect([other.status, other.body.code]).toEqual([409, 'already_paused']);
  await destroyed(grid, id);
});

test('of two writers that saw the same product, one writes and one is told that it changed', async () => {
  const url = `${PAAS}/products/plain/1/options`;
  const before = await ask(grid, 'GET', url);
  const etag = before.headers.get('etag')!;
  const put = (size: number) => ask(grid, 'PUT', url, { optional: { size } }, { 'if-match': etag });
  const answers = await Promise.all([put(5), put(6)]);
  expect(answers.map((a) => a.status).sort()).toEqual([204, 412]);
  const written = answers.findIndex((a) => a.status === 204);
  const after = await ask(grid, 'GET', url);
  expect(after.body.optional).toEqual({ size: 5 + written });
  expect(answers.map((a) => a.headers.get('etag'))).toEqual([after.headers.get('etag'), after.headers.get('etag')]);
  expect((await ask(grid, 'PUT', url, { optional: { size: 7 } }, { 'if-match': after.headers.get('etag')! })).status).toBe(204);
  expect((await ask(grid, 'GET', url, undefined, { 'if-none-match': after.headers.get('etag')! })).status).toBe(200);
});
