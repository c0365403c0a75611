import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '../../model/access';
import { createToken } from '../../cli/tokens_file';
import { eventually, makeNamespace, NO_RATES, startApi, type ApiUnderTest } from '../api/support/api_under_test';
import { startControlWorker, type ControlWorker } from '../api/support/control_worker';
import { grid as runCli } from '../support/cli';
import { ask, untilConfirmed, type Answer } from '../support/http';

const PAAS = '/bigdata/api/v1';
const tokens = join(mkdtempSync(join(tmpdir(), 'grid-test-')), 'tokens.json');
const make = (name: string, role: Role) => createToken(tokens, { name, role, owner: name }).token;
const TOKENS = { root: make('root', 'admin'), alice: make('alice', 'operate'), bob: make('bob', 'operate') };
type Who = keyof typeof TOKENS;
const TEMPLATE = '{"nodes": { {%- for n in range(opts["size"]) %}{{ "," if n }} "n{{ n }}": {"cpu": 0.1, "mem": 16, "command": ["sleep", "1000"], "services": ["r"]} {% endfor -%} }, "services": {"r": {}} }';

let grid: ApiUnderTest;
let worker: ControlWorker;
const as = (who: Who, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => ask(grid, method, path, body, { authorization: `Bearer ${TOKENS[who]}`, ...headers });
const launch = (who: Who, size: number) => {
  const key = { 'idempotency-key': randomUUID() };
  return untilConfirmed(() => as(who, 'POST', `${PAAS}/products/sized/1`, { size }, key));
};
const quotaOf = (owner: string, who: Who = 'root') => as(who, 'GET', `/api/v1/quotas/${owner}`);
const stateOf = (id: string) => as('root', 'GET', `/api/v1/lifecycles/${id}`);
const until = (id: string, state: string) => eventually(() => stateOf(id), ({ body }) => body.state === state && body.operation === null && body.stale !== true, 150_000);
/** The check of an order that a busy worker has not come to is in its queue. */
const verdictOf = async (answer: Answer): Promise<string> => {
  if (answer.status !== 202) return answer.body.code;
  const { body } = await eventually(() => stateOf(`launch/${answer.body.url.split('/').at(-1)}`), ({ body: { state } }) => state === 'registered' || state === 'error', 150_000);
  return body.problem?.code ?? body.state;
};
const clustersOf = async (owner: string): Promise<string[]> => (await quotaOf(owner)).body.clusters.map(({ id }: { id: string }) => id);

beforeAll(async () => {
  grid = await startApi({ tokens, rates: NO_RATES });
  await makeNamespace(grid);
  worker = await startControlWorker(grid);
  await worker.defineHost();
  await as('root', 'POST', `${PAAS}/products`, { name: 'sized', version: '1', description: 'made by a test' });
  await as('root', 'PUT', `${PAAS}/products/sized/1/template`, TEMPLATE);
  await as('root', 'PUT', `${PAAS}/products/sized/1/options`, { optional: { size: 1 } });
});
afterAll(async () => {
  await worker.end();
  await grid.end();
});

test('of twenty orders at once as many are taken as there is room for, and the others told why', async () => {
  expect((await as('root', 'PUT', '/api/v1/quotas/alice', { machines: 3 })).body).toEqual({ owner: 'alice', limits: { machines: 3 }, used: { machines: 0, cpu: 0, memMiB: 0 }, clusters: [] });
  const answers = await Promise.all(Array.from({ length: 20 }, () => launch('alice', 1)));
  const verdicts = await Promise.all(answers.map(verdictOf));
  expect([verdicts.filter((one) => one === 'registered').length, verdicts.filter((one) => one === 'over_quota').length]).toEqual([3, 17]);
  const refused = answers.find(({ status }) => status === 409);
  if (refused) expect(refused.body).toMatchObject({ status: 409, code: 'over_quota', message: expect.stringMatching(/machines: \d of 3 used, 1 more asked/), fix: expect.any(String) });
  expect((await quotaOf('alice')).body.used).toEqual({ machines: 3, cpu: 0.3, memMiB: 48 });
  // Nobody else is limited by it.
  expect(await verdictOf(await launch('bob', 1))).toBe('registered');
}, 240_000);

test('what is over gives back what it had, and a scale counts what it adds', async () => {
  const [first, second, third] = await clustersOf('alice') as [string, string, string];
  for (const id of [first, second, third]) await until(id, 'ready');
  const scale = async (id: string, size: number) => verdictOf(await as('alice', 'PATCH', `${PAAS}/clusters/${id.slice('cluster/'.length)}`, { size }));
  expect(await scale(first, 2)).toBe('over_quota');
  for (const id of [second, third]) {
    await as('alice', 'POST', `/api/v1/lifecycles/${id}/destroy`, {});
    await until(id, 'destroyed');
  }
  expect(await clustersOf('alice')).toEqual([first]);
  expect(await scale(first, 2)).toBe('registered');
  await eventually(() => stateOf(first), ({ body }) => body.state === 'ready' && body.operation === null && body.nodes?.length === 2, 150_000);
  expect((await quotaOf('alice')).body.clusters).toEqual([{ id: first, machines: 2, cpu: 0.2, memMiB: 32 }]);
  // What was refused for another reason holds nothing.
  expect((await as('alice', 'POST', `${PAAS}/products/sized/1?compute=none`, { size: 1 })).body.code).toBe('compute_not_found');
  expect(await verdictOf(await launch('alice', 1))).toBe('registered');
  expect(await verdictOf(await launch('alice', 1))).toBe('over_quota');
}, 300_000);

test('what was there before the quota counts', async () => {
  const quota = (await as('root', 'PUT', '/api/v1/quotas/bob', { machines: 1, cpu: 1 })).body;
  expect([quota.used.machines, quota.clusters.map(({ id }: { id: string }) => id)]).toEqual([1, ['cluster/bob/sized/1/1']]);
  expect(await verdictOf(await launch('bob', 1))).toBe('over_quota');
}, 120_000);

test('everybody sees his own, admins set them, `grid quota` does all of it, and without one nothing is limited', async () => {
  expect((await quotaOf('alice', 'alice')).body.owner).toBe('alice');
  const [hidden, none] = [await quotaOf('alice', 'bob'), await quotaOf('nobody', 'bob')];
  expect([hidden.status, hidden.body.detail]).toEqual([404, none.body.detail.replace('nobody', 'alice')]);
  for (const [method, body] of [['PUT', { machines: 9 }], ['DELETE']] as const) expect((await as('alice', method, '/api/v1/quotas/alice', body)).status).toBe(403);
  for (const body of [{}, { machines: -1 }, { machines: 1.5 }, { disks: 3 }, { cpu: 'x' }]) expect((await as('root', 'PUT', '/api/v1/quotas/alice', body)).status).toBe(400);
  const run = (who: Who, ...argv: string[]) => runCli(['quota', ...argv], { env: { GRID_API: grid.api, GRID_TOKEN: TOKENS[who] } });
  expect((await run('root', 'set', 'carol', 'machines=2', 'cpu=1.5', 'mem=64')).stdout).toMatch(/carol +0\/2 +0\/1\.5 +0\/64/);
  await eventually(async () => (await run('root', 'list')).stdout, (seen) => /alice[^]*bob[^]*carol|carol[^]*bob[^]*alice/.test(seen));
  expect((await run('bob', 'list', '--json')).stdout).not.toContain('alice');
  expect((await run('bob', 'show', 'bob')).stdout).toMatch(/bob +1\/1[^]*cluster\/bob\/sized\/1\/1/);
  expect((await run('root', 'rm', 'bob')).stdout).toBe('bob is not limited\n');
  expect((await quotaOf('bob')).body).toMatchObject({ status: 404, code: 'no_quota' });
  expect(await verdictOf(await launch('bob', 1))).toBe('registered');
}, 240_000);
