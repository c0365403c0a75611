import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from '../support/audit';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, killNode, launch, order as place, queued, until, type Answer, untilConfirmed } from '../support/http';
import { idle, putProduct } from '../support/product';

/** While no control worker is at work everything can still be looked at, and a command is not lost nor doubled. */
const PAAS = '/bigdata/api/v1';
const OURS = '/api/v1';
let grid: TestGrid;
let ready: string;
let blocked: string;

beforeAll(async () => {
  grid = await startGrid();
  await putProduct(grid, 'stuck', { template: idle(1), script: `#!/bin/sh\ntest -f ${grid.home}/mended || { echo no licence; exit 7; }\n` });
  ready = await launch(grid, 'reference/1.0.0', { size: 2 });
  blocked = await launch(grid, 'stuck/1', {});
  await until(grid, ready, (d) => d.state === 'ready');
  await until(grid, blocked, (d) => d.conditions.some((c) => c.type === 'Blocked'));
});
afterEach(() => audit(grid));
afterAll(() => grid.end());

const path = (id: string) => id.slice('cluster/'.length);

async function timed(method: string, url: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer & { tookMs: number }> {
  const startedAt = performance.now();
  const answer = await ask(grid, method, url, body, headers);
  return { ...answer, tookMs: performance.now() - startedAt };
}

/** A worker that hangs: its process is there, and nothing it should do is done. */
async function withoutWorker(work: () => Promise<void>): Promise<void> {
  const pid = grid.pidOf('control');
  process.kill(pid, 'SIGSTOP');
  try {
    await work();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

test('GET of a cluster and the lists answer in under 2 s, with the last state marked stale', async () => {
  await withoutWorker(async () => {
    const one = await timed('GET', `${OURS}/lifecycles/${ready}`);
    expect([one.status, one.body]).toMatchObject([200, { id: ready, kind: 'cluster', state: 'ready', stale: true, conditions: [] }]);
    const other = await timed('GET', `${OURS}/lifecycles/${blocked}`);
    expect(other.body).toMatchObject({ state: 'configuring', stale: true, conditions: [{ type: 'Blocked', reason: 'script_failed' }] });
    const seed = await timed('GET', `${PAAS}/clusters/${path(blocked)}`);
    expect(seed.body).toMatchObject({ result: 'success', data: { status: 'error during configuration' } });
    const lists = await Promise.all([
      timed('GET', `${PAAS}/clusters`), timed('GET', `${PAAS}/clusters/test/stuck`), timed('GET', `${PAAS}/products`),
      timed('GET', `${OURS}/lifecycles?kind=cluster`), timed('GET', `${OURS}/lifecycles?blocked=true`), timed('GET', `${OURS}/computes`),
    ]);
    expect(lists.map((l) => l.status)).toEqual(lists.map(() => 200));
    expect([seed, lists[0], lists[1], lists[3], lists[4]].map((l) => l.body.stale)).toEqual([true, true, true, true, true]);
    expect(lists[0].body.clusters.map((c: { uri: string }) => c.uri).sort()).toEqual([ready, blocked].map((id) => id.replace('cluster/', 'clusters/')).sort());
    expect(JSON.stringify(lists[3].body)).toContain(ready);
    expect(JSON.stringify(lists[4].body)).toContain(blocked);
    expect(JSON.stringify(lists[4].body)).not.toContain(ready);
    for (const answer of [one, other, seed, ...lists]) expect(answer.tookMs).toBeLessThan(2_000);
    const readiness = await timed('GET', '/readyz');
    expect([readiness.status, readiness.body]).toMatchObject([503, { temporal: true, controlWorker: false }]);
    expect((await timed('GET', '/healthz')).status).toBe(200);
  });
});

test('a verb answers 503 with what to do; repeated under the same key it is carried out once', async () => {
  const retry = () => ask(grid, 'POST', `${OURS}/lifecycles/${blocked}/retry`, { reason: 'once' }, { 'idempotency-key': 'the-retry' });
  const pause = () => ask(grid, 'POST', `${OURS}/lifecycles/${ready}/pause`, { reason: 'also once' }, { 'idempotency-key': 'the-pause' });
  await withoutWorker(async () => {
    for (const answer of [...(await Promise.all([retry(), pause()])), await retry()]) {
      expect([answer.status, answer.body]).toMatchObject([503, { code: 'not_confirmed', fix: expect.stringContaining('Idempotency-Key') }]);
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    writeFileSync(join(grid.home, 'mended'), '');
  });
  expect((await retry()).status).toBe(200);
  expect((await pause()).status).toBe(200);
  const after = await until(grid, blocked, (d) => d.state === 'ready' && d.operation === null);
  expect((await retry()).status).toBe(200);
  expect((await until(grid, blocked, () => true)).timeline.filter((t) => t.because === 'retry: once')).toHaveLength(1);
  expect(after.steps.find((s) => s.name === 'configure')).toMatchObject({ state: 'done', attempt: 2 });
  const paused = await until(grid, ready, (d) => d.paused);
  expect(paused.timeline.filter((t) => t.because === 'pause: also once')).toHaveLength(1);
  expect((await ask(grid, 'POST', `${OURS}/lifecycles/${ready}/resume`, {})).status).toBe(200);
});

test('a worker that stalls for a moment again and again loses no command and doubles none', async () => {
  const pid = grid.pidOf('control');
  let over = false;
  const stall = async () => {
    while (!over) {
      process.kill(pid, 'SIGSTOP');
      await sleep(400);
      process.kill(pid, 'SIGCONT');
      await sleep(200 + Math.random() * 200);
    }
  };
  const look = async () => {
    while (!over) await ask(grid, 'GET', `${OURS}/lifecycles/${ready}`);
  };
  const words: string[] = [];
  const command = async () => {
    while (words.length < 30) {
      for (const verb of ['pause', 'resume']) {
        const reason = `${verb} ${words.length}`;
        words.push(`${verb}: ${reason}`);
        const key = { 'idempotency-key': reason.replace(' ', '-') };
        expect(await untilConfirmed(() => ask(grid, 'POST', `${OURS}/lifecycles/${ready}/${verb}`, { reason }, key))).toMatchObject({ status: 200 });
      }
    }
  };
  const others = [stall(), look(), look()];
  await command().finally(() => (over = true));
  await Promise.all(others);
  const said = (await until(grid, ready, (d) => !d.paused)).timeline.map((t) => t.because).filter((b) => /^(pause|resume): (pause|resume) \d/.test(b ?? ''));
  expect(said).toEqual(words);
});

test('an order is kept and carried out when a worker is back', async () => {
  const key = { 'idempotency-key': 'the-order' };
  const order = () => place(grid, 'reference/1.0.0', { size: 1 }, key);
  let url = '';
  await withoutWorker(async () => {
    const placed = await order();
    expect(placed.status).toBe(202);
    url = placed.body.url;
    expect((await ask(grid, 'GET', url)).body).toMatchObject({ status: 'pending' });
  });
  const id = await queued(grid, url);
  expect((await order()).body.url).toBe(url);
  await until(grid, id, (d) => d.state === 'ready');
  await destroyed(grid, id);
});

test('afterwards all goes on: what dies is noticed, what is destroyed is gone', async () => {
  await killNode(grid, blocked, 'n0');
  await until(grid, blocked, (d) => d.conditions.some((c) => c.type === 'Degraded'));
  await destroyed(grid, blocked);
  await destroyed(grid, ready);
  expect(labelled(grid.home)).toEqual([]);
});
