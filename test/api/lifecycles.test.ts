import { Context } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';
import { ApplicationFailure } from '@temporalio/common';
import { firstSummary, startOptions } from '../../api/temporal/start';
import { ask, verb as send } from '../support/http';
import type { TestGrid } from '../support/grid';
import { eventually, makeNamespace, startApi, UI, type ApiUnderTest } from './support/api_under_test';
import { startControlWorker, type ControlWorker } from './support/control_worker';
import { putProduct } from './support/products';

const LIFECYCLES = '/api/v1/lifecycles';

let grid: ApiUnderTest;
let worker: ControlWorker;
/** What the readiness check of the product `watched` does; set by the test that needs it. */
let check: () => Promise<void>;

const activities: Parameters<typeof startControlWorker>[1] = (real) => ({
  checkReady: (input) => (input.nodes[0]!.machine.includes('watched') ? check() : real.checkReady(input)),
});

beforeAll(async () => {
  grid = await startApi();
  await makeNamespace(grid);
  worker = await startControlWorker(grid, activities);
  await worker.defineHost();
  for (const name of ['plain', 'watched']) await putProduct(grid, { name });
  await putProduct(grid, { name: 'failing', script: '#!/bin/sh\necho no luck\nexit 3\n' });
});
afterAll(async () => {
  await worker.end();
  await grid.end();
});

async function launched(product: string): Promise<string> {
  const { body } = await ask(grid, 'POST', `/bigdata/api/v1/products/${product}/1.0`, { size: 1 });
  const queue = await eventually(() => ask(grid, 'GET', body.url), (a) => a.status === 303);
  return `cluster/${queue.body.url.split('/clusters/')[1]}`;
}

const get = async (id: string) => (await ask(grid, 'GET', `${LIFECYCLES}/${id}`)).body;
const becomes = (id: string, is: (document: any) => boolean) => eventually(() => get(id), is, 20_000);
const ready = (id: string) => becomes(id, (d) => d.state === 'ready');
const blocked = (id: string) => becomes(id, (d) => d.conditions.some((c: { type: string }) => c.type === 'Blocked'));
const verb = (id: string, name: string, body?: object) => send(grid as unknown as TestGrid, id, name, body);
const post = (path: string, body?: unknown, headers?: Record<string, string>) => ask(grid, 'POST', `${LIFECYCLES}/${path}`, body, headers);

describe('GET of one', () => {
  test('DESIGN §8: id, kind, state, revision, conditions, steps, timeline, owner, verbs, links; nothing that only the workflow needs', async () => {
    const id = await launched('plain');
    const document = await ready(id);
    expect(document).toMatchObject({
      id, kind: 'cluster', owner: 'test', state: 'ready', revision: expect.any(Number), conditions: [],
      timeline: expect.arrayContaining([expect.objectContaining({ state: 'ready', at: expect.any(String) })]),
      nodes: [{ name: 'n0', status: 'running' }],
      verbs: ['pause', 'repair', 'destroy'],
      links: {
        self: `${grid.api}${LIFECYCLES}/${id}`, facade: `${grid.api}/bigdata/api/v1/${id.replace('cluster', 'clusters')}`,
        temporal: `${UI}/namespaces/${grid.namespace}/workflows/${encodeURIComponent(id)}`,
      },
      run: { status: 'RUNNING', id: expect.any(String) },
    });
    expect(document.steps.map((s: { name: string; state: string }) => [s.name, s.state])).toEqual([['place', 'done'], ['start_machines', 'done'], ['configure', 'done'], ['await_ready', 'done']]);
    for (const inner of ['v', 'seen', 'undo', 'decision', 'interrupt', 'stale']) expect(document).not.toHaveProperty(inner);
  });

  test.each<[string, string[]]>([['product/plain/1.0', []], ['compute/host', []]])('every kind is found under its id, with the verbs that it takes (%s: %j)', async (id, verbs) => {
    expect(await get(id)).toMatchObject({ id, kind: id.split('/')[0], run: { status: 'RUNNING' }, verbs });
  });

  test('a running step shows its attempts, its last error and its next try, from Temporal itself', async () => {
    let problem: object | undefined = { status: 503, code: 'not_yet', error: 'service unavailable', message: 'it said not yet', fix: 'wait' };
    check = async () => {
      throw ApplicationFailure.create({ message: 'x', details: [problem], nextRetryDelay: '1h' });
    };
    const id = await launched('watched');
    const document = await becomes(id, (d) => d.steps.find((s: { name: string }) => s.name === 'await_ready')?.lastError);
    const step = document.steps.find((s: { name: string }) => s.name === 'await_ready');
    expect(step).toMatchObject({ state: 'running', attempt: 2, lastError: { code: 'not_yet', message: 'it said not yet', fix: 'wait' } });
    const inMs = new Date(step.nextTryAt).getTime() - Date.now();
    expect(inMs).toBeGreaterThan(3_500_000);
    problem = undefined;
    await verb(id, 'destroy');
  });

  test('a running step shows how far it is and what it waits for, from the heartbeat', async () => {
    let release = () => {};
    check = async () => {
      Context.current().heartbeat({ done: 2, total: 5, note: 'n4: nothing answers on 10.0.0.4:22' });
      await new Promise<void>((resolve) => (release = resolve));
    };
    const id = await launched('watched');
    const document = await becomes(id, (d) => d.steps.find((s: { name: string }) => s.name === 'await_ready')?.progress);
    expect(document.steps.at(-1)).toMatchObject({ name: 'await_ready', state: 'running', progress: { done: 2, total: 5 }, waitingFor: 'n4: nothing answers on 10.0.0.4:22' });
    release();
    await ready(id);
  });

  test.each(['cluster/test/plain/1.0/999', 'nonsense', 'cluster/test/../x/1', "cluster/test/a'b/1/1", 'cluster//1', 'launch/%2e%2e%2f%2e%2e'])('of what is not there: 404 problem+json (%s)', async (id) => {
    const answer = await ask(grid, 'GET', `${LIFECYCLES}/${id}`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ type: expect.stringMatching(/^urn:/), title: 'not found', status: 404, detail: expect.any(String), instance: expect.stringContaining('/api/v1/'), code: expect.any(String), fix: expect.any(String) });
  });
});

describe('GET of the list', () => {
  const page = async (query: string) => (await ask(grid, 'GET', `${LIFECYCLES}?${query}`)).body;
  const ids = async (query: string): Promise<string[]> => (await page(query)).lifecycles.map((l: { id: string }) => l.id);

  test('newest first, page by page by cursor, each once', async () => {
    const made: string[] = [];
    for (let n = 0; n < 3; n++) made.push(await launched('plain'));
    const whole = await ids('kind=cluster&limit=200');
    expect(whole.slice(0, 3)).toEqual(made.toReversed());
    const found: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { lifecycles, next } = await page(`kind=cluster&limit=2${cursor && `&cursor=${cursor}`}`);
      expect(lifecycles.length).toBeLessThanOrEqual(2);
      found.push(...lifecycles.map((l: { id: string }) => l.id));
      cursor = next;
    }
    expect(found).toEqual(whole);
  });

  test('each entry is the summary, with links; without a kind, calls on machines are left out', async () => {
    await ask(grid, 'GET', '/api/v1/machines');
    expect((await page('kind=compute')).lifecycles).toMatchObject([{ id: 'compute/host', kind: 'compute', state: 'ready', revision: expect.any(Number), detail: { driver: 'process' }, links: { self: `${grid.api}${LIFECYCLES}/compute/host` } }]);
    const kinds = new Set((await page('limit=200')).lifecycles.map((l: { kind: string }) => l.kind));
    expect(kinds).toEqual(new Set(['cluster', 'compute', 'product', 'launch']));
    expect((await ids('kind=call')).length).toBeGreaterThan(0);
  });

  test('filtered by state, by blocked, by owner', async () => {
    const id = await launched('failing');
    // Where to read more is made when it is read, and leads to a section of the manual of this very release.
    const help = '/docs/runbook/clusters.md#script_failed';
    expect(await blocked(id)).toMatchObject({ conditions: [{ type: 'Blocked', help }], steps: expect.arrayContaining([expect.objectContaining({ state: 'blocked', lastError: expect.objectContaining({ code: 'script_failed', help }) })]) });
    expect(await (await fetch(grid.api + help)).text()).toMatch(/^## script_failed$/m);
    await eventually(() => ids('blocked=true'), (found) => found.includes(id));
    expect(await ids('blocked=false&limit=200')).not.toContain(id);
    expect(await ids('kind=cluster&state=configuring')).toContain(id);
    expect(await ids('kind=cluster&state=ready')).not.toContain(id);
    expect(await ids('kind=launch&owner=test')).not.toEqual([]);
    expect(await ids('owner=nobody')).toEqual([]);
    await verb(id, 'destroy');
  });

  test.each([
    ['limit=0', 'limit'], ['limit=-1', 'limit'], ['limit=ten', 'limit'], ['kind=nonsense', 'kind'], ['blocked=maybe', 'blocked'], ['owner=a%20b', 'owner'],
    ['cursor=%00', 'cursor'], ['cursor=nonsense', 'cursor'], ['colour=red', 'colour'],
  ])('a wrong query is refused with its field: %s', async (query, field) => {
    expect(await ask(grid, 'GET', `${LIFECYCLES}?${query}`)).toMatchObject({ status: 400, body: { field, code: expect.any(String) } });
  });

  test('a lifecycle that continued as a new run is one lifecycle', async () => {
    const id = 'cluster/test/continued/1/1';
    const connection = await NativeConnection.connect({ address: grid.address });
    const other = await Worker.create({ connection, namespace: grid.namespace, taskQueue: 'continuing', workflowsPath: require.resolve('./support/continuing') });
    const summary = firstSummary({ id, kind: 'cluster', owner: 'continued', state: 'ready', detail: { dn: 'x', nodes: 1 } });
    await other.runUntil(async () => {
      const handle = await grid.client.workflow.start('cluster', { ...startOptions(summary, 'continues'), taskQueue: 'continuing', args: [4] });
      await eventually(() => handle.describe(), (d) => d.raw.workflowExecutionInfo?.firstRunId !== d.runId && d.historyLength > 3);
    });
    await connection.close();
    await eventually(() => grid.client.workflow.count(`WorkflowId = '${id}'`), ({ count }) => count === 4);
    expect(await ids('owner=continued')).toEqual([id]);
    expect((await ask(grid, 'GET', '/bigdata/api/v1/clusters/test/continued')).body.clusters).toHaveLength(1);
    await grid.client.workflow.getHandle(id).terminate();
  });

  test('a cursor is one of its own list only', async () => {
    const { next } = await page('kind=cluster&limit=1');
    expect((await ask(grid, 'GET', `${LIFECYCLES}?kind=cluster&limit=1&cursor=${next}`)).status).toBe(200);
    expect((await ask(grid, 'GET', `${LIFECYCLES}?kind=product&limit=1&cursor=${next}`)).body.code).toBe('invalid_cursor');
  });

  test('more than 200 asked for counts as 200; none asked for as 50', async () => {
    expect((await ask(grid, 'GET', `${LIFECYCLES}?limit=500`)).status).toBe(200);
  });

  test.each(["x' OR 'a'='a", "x\\' OR 1=1 --", 'x" OR ""="', "x'; DROP TABLE executions; --", "\\", "'", '%', '_'])('what a filter holds stays a value: %s', async (state) => {
    expect(await ask(grid, 'GET', `${LIFECYCLES}?state=${encodeURIComponent(state)}`)).toMatchObject({ status: 200, body: { lifecycles: [], next: null } });
  });
});

describe('verbs', () => {
  test('a verb is taken: 200 with id, state, revision and where to look; the reason is in the timeline', async () => {
    const id = await launched('failing');
    await blocked(id);
    const answer = await post(`${id}/skip`, { step: 'configure', reason: 'not needed here' });
    expect(answer).toMatchObject({ status: 200, body: { id, state: expect.any(String), revision: expect.any(Number), links: { self: expect.stringContaining(id) } } });
    const document = await ready(id);
    expect(document.timeline).toContainEqual(expect.objectContaining({ because: 'skip: not needed here' }));
  });

  test('no body is no step and no reason', async () => {
    const id = await launched('plain');
    await ready(id);
    const response = await fetch(`${grid.api}${LIFECYCLES}/${id}/pause`, { method: 'POST' });
    expect(response.status).toBe(200);
    expect((await get(id)).paused).toBe(true);
  });

  test('a verb that the state does not allow: 409 with the reason and what to do', async () => {
    const id = await launched('plain');
    await ready(id);
    expect(await verb(id, 'retry')).toMatchObject({ status: 409, body: { title: 'conflict', code: 'nothing_blocked', help: '/docs/runbook/requests.md#nothing_blocked', detail: expect.stringContaining(id), fix: expect.any(String) } });
    expect((await verb(id, 'resume')).body.code).toBe('not_paused');
  });

  test('sent twice under one Idempotency-Key it is carried out once and answered alike; under the key of another verb it is another', async () => {
    const id = await launched('plain');
    await ready(id);
    const key = { 'idempotency-key': 'v-1' };
    const answers = [await post(`${id}/pause`, {}, key), await post(`${id}/pause`, {}, key)];
    expect(answers.map((a) => [a.status, a.body.revision])).toEqual(Array(2).fill([200, answers[0]!.body.revision]));
    expect((await post(`${id}/pause`, {}, { 'idempotency-key': 'v-2' })).body.code).toBe('already_paused');
    expect((await post(`${id}/resume`, {}, key)).status).toBe(200);
    expect((await get(id)).paused).toBe(false);
  });

  test('what is over takes no verb: 409, whichever', async () => {
    const id = await launched('plain');
    await ready(id);
    await verb(id, 'destroy');
    await becomes(id, (d) => d.state === 'destroyed' && d.run.status === 'COMPLETED');
    for (const name of ['destroy', 'retry', 'pause']) expect(await verb(id, name)).toMatchObject({ status: 409, body: { code: 'destroyed' } });
    expect((await get(id)).verbs).toEqual([]);
  });

  test('what was ended from outside says so, offers no verb and takes none', async () => {
    const id = await launched('plain');
    await ready(id);
    await grid.client.workflow.getHandle(id).terminate('by a person');
    expect(await get(id)).toMatchObject({ state: 'ready', verbs: [], run: { status: 'TERMINATED' } });
    expect(await verb(id, 'pause')).toMatchObject({ status: 409, body: { code: 'over' } });
  });

  test('a kind that does not know the verb: 409, not an error of ours', async () => {
    expect(await verb('product/plain/1.0', 'repair')).toMatchObject({ status: 409, body: { code: 'not_taken' } });
  });

  test('an unknown verb, an unknown lifecycle: 404', async () => {
    expect(await post('compute/host/explode', {})).toMatchObject({ status: 404, body: { code: 'unknown_verb', fix: expect.stringContaining('retry') } });
    expect(await post('cluster/test/plain/1.0/999/destroy', {})).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  test.each<[string, unknown, Record<string, string>, number]>([
    ['not JSON', '{"reason": "x",}', {}, 400], ['another field', { why: 'x' }, {}, 400], ['a reason that is no text', { reason: 1 }, {}, 400],
    ['a reason that is too long', { reason: 'x'.repeat(301) }, {}, 400], ['another content type', '{}', { 'content-type': 'text/plain' }, 415],
  ])('our paths are strict: %s', async (_what, body, headers, status) => {
    expect(await post('compute/host/pause', body, headers)).toMatchObject({ status, body: { status } });
  });
});

describe('PUT of a role', () => {
  test('what a script says of its role is what is shown', async () => {
    const id = await launched('plain');
    await ready(id);
    expect((await ask(grid, 'PUT', `${LIFECYCLES}/${id}/roles/r`, { status: 'rebalancing' })).status).toBe(200);
    expect((await get(id)).roles).toMatchObject([{ name: 'r', status: 'rebalancing' }]);
    expect(await ask(grid, 'PUT', `${LIFECYCLES}/${id}/roles/nothing`, { status: 'x' })).toMatchObject({ status: 404, body: { code: 'role_not_found' } });
    expect((await ask(grid, 'PUT', `${LIFECYCLES}/${id}/roles/r`, {})).status).toBe(400);
    expect((await ask(grid, 'PUT', `${LIFECYCLES}/compute/host/roles/r`, { status: 'x' })).status).toBe(404);
  });
});

describe('while no worker runs', () => {
  let id: string;

  beforeAll(async () => {
    id = await launched('plain');
    await ready(id);
    await worker.stop();
  });
  afterAll(async () => {
    worker = await startControlWorker(grid, activities, worker);
  });

  test('one lifecycle answers within 2 s from its summary, marked stale, without steps and verbs that nobody could know', async () => {
    const startedAt = Date.now();
    const answer = await ask(grid, 'GET', `${LIFECYCLES}/${id}`);
    expect(Date.now() - startedAt).toBeLessThan(2_000);
    expect(answer).toMatchObject({ status: 200, body: { id, kind: 'cluster', state: 'ready', stale: true, steps: [], timeline: [], verbs: [], detail: { nodes: 1, running: 1 }, links: { self: expect.any(String) } } });
  });

  test('the list answers, marked stale', async () => {
    const { body } = await ask(grid, 'GET', `${LIFECYCLES}?kind=cluster`);
    expect(body.stale).toBe(true);
    expect(body.lifecycles.map((l: { id: string }) => l.id)).toContain(id);
  });

  test('a verb: 503 within 4 s, not confirmed, with how to go on', async () => {
    const startedAt = Date.now();
    const answer = await verb(id, 'pause');
    expect(Date.now() - startedAt).toBeLessThan(4_000);
    expect(answer).toMatchObject({ status: 503, body: { code: 'not_confirmed', detail: expect.stringContaining('not confirmed'), fix: expect.stringContaining('Idempotency-Key') } });
  });

  test('an unknown lifecycle is unknown still', async () => {
    expect((await ask(grid, 'GET', `${LIFECYCLES}/cluster/test/plain/1.0/999`)).status).toBe(404);
    expect((await verb('cluster/test/plain/1.0/999', 'pause')).status).toBe(404);
  });
});
