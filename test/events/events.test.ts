import { randomUUID } from 'node:crypto';
import { productId } from '../../model/ids';
import { eventually, makeNamespace, startApi, type ApiUnderTest } from '../api/support/api_under_test';
import { startControlWorker, type ControlWorker } from '../api/support/control_worker';
import { listen as openListener, type Listener, type Told } from '../support/events';
import { ask } from '../support/http';
import { startTemporal, type TestServer } from '../support/temporal_server';

const PAAS = '/bigdata/api/v1/products';
let server: TestServer;
let grid: ApiUnderTest;
let worker: ControlWorker;

beforeAll(async () => {
  server = await startTemporal(process.env.GRID_TEST_TEMPORAL_BIN!, { continueAsNewAfter: 60 });
  grid = await startApi({ address: server.address, namespace: 'servicegrid-events', streamLimits: { perCaller: 20, all: 30, longestMs: 60_000, beatMs: 200 } });
  await makeNamespace(grid);
  worker = await startControlWorker(grid);
}, 120_000);
afterAll(async () => {
  await worker.end();
  await grid.end();
  await server.end();
});

const readers: Listener[] = [];
const listen = async (url: string, headers?: Record<string, string>): Promise<Listener> => {
  const reader = await openListener(url, headers);
  readers.push(reader);
  return reader;
};
/** Whatever became of a test, its readers go; none is left before the next begins. */
afterEach(async () => {
  readers.splice(0).forEach((reader) => reader.drop());
  await new Promise((resolve) => setTimeout(resolve, 100));
});

/** A busy machine may not answer in time: then it is asked again under the same key. */
async function register(name: string, description = 'at first'): Promise<void> {
  const key = randomUUID();
  const { status } = await eventually(() => ask(grid, 'POST', PAAS, { name, version: '1', description }, { 'idempotency-key': key }), (answer) => answer.status < 500, 60_000);
  if (status > 201) throw new Error(`${name}: ${status}`);
}
const product = (name: string) => `${grid.api}/api/v1/lifecycles/${productId(name, '1')}`;
const revisionOf = async (name: string): Promise<number> => (await eventually(() => ask(grid, 'GET', product(name)), ({ body }) => body.stale !== true && body.revision > 0, 60_000)).body.revision;
const ALL = () => `${grid.api}/api/v1/events`;
const changes = (told: Told[]) => told.filter(({ event }) => event === 'change');
const lastId = (told: Told[]) => told.filter(({ id }) => id).at(-1)?.id;

/** Reads, is cut off, and takes up from what it had last, again and again until it has seen what it waits for. */
async function readInPieces(url: string, pieceMs: number, done: (seen: Told[]) => boolean, last?: string, withinMs = 150_000): Promise<Told[]> {
  const seen: Told[] = [];
  for (const end = Date.now() + withinMs; !done(seen); ) {
    if (Date.now() > end) throw new Error(`not all was seen: ${JSON.stringify(seen.map(({ id, data }) => [id, data.revision])).slice(-2_000)}`);
    const reader = await listen(url, last === undefined ? {} : { 'last-event-id': last });
    // However busy the machine: each hears of something, or there is nothing to tell.
    await reader.until(() => true, 5_000).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, pieceMs));
    reader.drop();
    seen.push(...reader.told);
    last = lastId(reader.told) ?? last;
  }
  return seen;
}

describe('one lifecycle', () => {
  test('first how it is, then each change under its revision; a beat when there is nothing to tell', async () => {
    await register('first');
    const reader = await listen(`${product('first')}/events`);
    const snapshot = await reader.until(({ event }) => event === 'snapshot');
    expect(snapshot.data).toEqual((await ask(grid, 'GET', product('first'))).body);
    for (const description of ['one', 'two', 'three']) await register('first', description);
    await reader.until(({ data }) => data.detail?.description === 'three');
    const told = changes(reader.told);
    expect(told.map(({ data }) => data.detail.description)).toEqual(['one', 'two', 'three']);
    const from = snapshot.data.revision as number;
    expect(told.map(({ data }) => data.revision)).toEqual([from + 1, from + 2, from + 3]);
    expect(told.map(({ id }) => id)).toEqual(told.map(({ data }) => `${snapshot.id!.split('-')[0]}-${data.revision}`));
    reader.drop();
  });

  test('who was away is told what he missed, under the same ids, and nothing twice: over continue-as-new too', async () => {
    await register('away');
    const reader = await listen(`${product('away')}/events`);
    const { data, id } = await reader.until(({ event }) => event === 'snapshot');
    reader.drop();
    const run = async () => (await ask(grid, 'GET', product('away'))).body.run.id;
    const [before, wanted] = [await run(), Array.from({ length: 30 }, (_, n) => `change ${n}`)];
    for (const description of wanted) await register('away', description);
    await eventually(run, (now) => now !== before, 30_000);
    await register('away', 'the last');
    const again = await listen(`${product('away')}/events`, { 'last-event-id': id! });
    await again.until((one) => one.data.detail?.description === 'the last');
    // Each run begins with saying how it is.
    const descriptions = again.told.map((one) => one.data.detail.description).filter((one, n, all) => one !== all[n - 1]);
    expect(descriptions).toEqual([...wanted, 'the last']);
    expect(again.told.map((one) => one.data.revision)).toEqual(again.told.map((_, n) => data.revision + 1 + n));
    again.drop();
  }, 90_000);

  test('what continues in another run is shown as it was last, before that run said anything', async () => {
    await register('goes-on');
    const handle = grid.client.workflow.getHandle(productId('goes-on', '1'));
    const first = (await handle.describe()).runId;
    for (let n = 0; (await handle.describe()).runId === first; n++) await register('goes-on', `change ${n}`);
    const [started] = (await handle.fetchHistory()).events!;
    const { memo, searchAttributes } = started!.workflowExecutionStartedEventAttributes!;
    const shown = JSON.parse(Buffer.from(memo!.fields!.summary!.data!).toString());
    expect(shown).toMatchObject({ kind: 'product', detail: { description: expect.stringMatching(/^change \d+$/) } });
    expect(Object.keys(searchAttributes!.indexedFields!)).toEqual(expect.arrayContaining(['GridKind', 'GridState', 'GridChangedAt']));
  }, 90_000);

  test('a reader that is cut off all the time while it changes misses nothing and sees nothing twice', async () => {
    await register('busy');
    const from = await revisionOf('busy');
    const total = 40;
    const writing = (async () => {
      for (let n = 1; n <= total; n++) await register('busy', `busy ${n}`);
    })();
    const seen = await readInPieces(`${product('busy')}/events`, 100, (all) => changes(all).at(-1)?.data.detail.description === `busy ${total}`);
    await writing;
    expect(seen.map(({ event }) => event).filter((event) => event === 'snapshot')).toHaveLength(1);
    const first = seen.find(({ event }) => event === 'snapshot')!.data.revision as number;
    const revisions = changes(seen).map(({ data }) => data.revision);
    expect(revisions.at(-1)).toBeGreaterThanOrEqual(from + total);
    expect(revisions).toEqual(revisions.map((_, n) => first + 1 + n));
  }, 240_000);

  test('an id of another life, of the future or of nobody: a snapshot', async () => {
    await register('other');
    const { life, revision } = { life: 'abc', revision: await revisionOf('other') };
    for (const id of [`${life}-${revision}`, `${Date.now().toString(36)}-9999`, 'nonsense', "' OR 1=1"]) {
      const reader = await listen(`${product('other')}/events`, { 'last-event-id': id });
      expect((await reader.until(({ id: told }) => told !== undefined)).event).toBe('snapshot');
      reader.drop();
    }
  });

  test('what is over is told to be, and whoever has all of it is not led to ask again', async () => {
    const { headers, status } = await ask(grid, 'POST', `${PAAS}/nothing/1`, {}, { 'idempotency-key': 'over-1' });
    expect([status, headers.get('location')]).toEqual([404, null]);
    const { lifecycles } = (await eventually(() => ask(grid, 'GET', '/api/v1/lifecycles?kind=launch&state=error'), ({ body }) => body.lifecycles.length > 0)).body;
    const url = `${grid.api}/api/v1/lifecycles/${lifecycles[0].id}/events`;
    const reader = await listen(url);
    await reader.ended;
    expect(reader.told.map(({ event }) => event)).toEqual(['snapshot', 'end']);
    expect((await listen(url, { 'last-event-id': reader.told[0]!.id! })).status).toBe(204);
  });

  test('of what is not there: 404; something may be called `events`', async () => {
    for (const id of ['product/no/1', 'service', 'grid/members', 'compute/x y']) await eventually(() => ask(grid, 'GET', `/api/v1/lifecycles/${id}/events`), ({ status }) => status === 404);
    await ask(grid, 'POST', PAAS, { name: 'seen', version: 'events', description: 'a version by that name' });
    expect((await ask(grid, 'GET', '/api/v1/lifecycles/product/seen/events')).body).toMatchObject({ id: 'product/seen/events', kind: 'product' });
  });
});

describe('all of them', () => {
  test('first how all are, then each change of each; of one kind or owner where that is asked', async () => {
    await register('all-1');
    const [every, clusters] = [await listen(ALL()), await listen(`${ALL()}?kind=cluster`)];
    const snapshot = await every.until(({ event, data }) => event === 'snapshot' && data.last);
    expect(every.told.flatMap(({ data }) => data.lifecycles ?? []).map((one: any) => one.id)).toEqual(expect.arrayContaining([productId('all-1', '1')]));
    expect(snapshot.id).toEqual(expect.any(String));
    await register('all-1', 'changed');
    await register('all-2');
    await every.until(({ data }) => data.id === productId('all-2', '1') && data.detail.description === 'at first');
    const mine = changes(every.told).filter(({ data }) => /all-\d/.test(data.id)).map(({ data }) => [data.id, data.detail.description]);
    expect(mine).toEqual([[productId('all-1', '1'), 'changed'], ...mine.slice(1)]);
    expect(mine.at(-1)).toEqual([productId('all-2', '1'), 'at first']);
    expect(clusters.told.map(({ event, data }) => [event, data])).toEqual([['snapshot', { lifecycles: [], last: true }]]);
    every.drop();
    clusters.drop();
    expect((await ask(grid, 'GET', `${ALL()}?kind=nothing`)).status).toBe(400);
  }, 60_000);

  test('a reader that is cut off all the time while many change misses nothing and sees nothing twice', async () => {
    const names = Array.from({ length: 5 }, (_, n) => `many-${n}`);
    for (const name of names) await register(name);
    const before = Object.fromEntries(await Promise.all(names.map(async (name) => [productId(name, '1'), await revisionOf(name)] as const)));
    const first = await listen(`${ALL()}?kind=product`);
    const { id } = await first.until(({ data }) => data.last);
    first.drop();
    const rounds = 6;
    const writing = Promise.all(names.map(async (name) => {
      for (let n = 1; n <= rounds; n++) await register(name, `round ${n}`);
    }));
    const all = (seen: Told[]) => names.every((name) => seen.some(({ data }) => data.id === productId(name, '1') && data.detail.description === `round ${rounds}`));
    const seen = await readInPieces(`${ALL()}?kind=product`, 300, all, id);
    await writing;
    for (const name of names) {
      const revisions = seen.filter(({ data }) => data.id === productId(name, '1')).map(({ data }) => data.revision);
      expect(revisions.length).toBeGreaterThanOrEqual(rounds);
      expect([name, revisions]).toEqual([name, revisions.map((_, n) => before[productId(name, '1')]! + 1 + n)]);
    }
    expect(seen.every(({ event }) => event === 'change')).toBe(true);
  }, 240_000);
});

describe('readers', () => {
  test('a caller has no more of them than is allowed; one that goes makes room, and one is ended after its time', async () => {
    await register('crowd');
    const url = `${product('crowd')}/events`;
    const all = await Promise.all(Array.from({ length: 20 }, () => listen(url)));
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 200));
    const one_more = await ask(grid, 'GET', url);
    expect(one_more).toMatchObject({ status: 429, body: { code: 'too_many_streams', fix: expect.any(String) } });
    all.forEach((reader) => reader.drop());
    const reader = await eventually(async () => {
      const next = await listen(url);
      if (next.status !== 200) next.drop();
      return next;
    }, ({ status }) => status === 200);
    reader.drop();
  }, 60_000);

  test('the end of the process ends them', async () => {
    const other = await startApi({ address: grid.address, namespace: grid.namespace });
    await register('ending');
    const both = [await listen(`${other.api}/api/v1/lifecycles/${productId('ending', '1')}/events`), await listen(`${other.api}/api/v1/events`)];
    other.stopping.abort();
    await Promise.all(both.map(({ ended }) => ended));
    await other.end();
  }, 30_000);

  test('HEAD is answered and holds nothing open', async () => {
    await register('head');
    for (let n = 0; n < 25; n++) expect((await ask(grid, 'HEAD', `${product('head')}/events`)).status).toBe(200);
  });
});
