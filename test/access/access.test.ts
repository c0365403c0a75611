import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PAGES } from '../../api/app';
import { documentPath } from '../../api/http/endpoint';
import { hasRole, type Role } from '../../model/access';
import { createToken, revokeToken } from '../../cli/tokens_file';
import { eventually, makeNamespace, raw, NO_RATES, startApi, type ApiUnderTest, type RawAnswer } from '../api/support/api_under_test';
import { startControlWorker, type ControlWorker } from '../api/support/control_worker';
import { grid as runCli } from '../support/cli';
import { listen } from '../support/events';
import { ask } from '../support/http';
import { describeNeeding } from '../support/parts';
import { idle } from '../support/product';
import { EXPECTED } from './expected';

const PAAS = '/bigdata/api/v1';
const tokens = join(mkdtempSync(join(tmpdir(), 'grid-test-')), 'tokens.json');
const make = (name: string, role: Role, owner: string, expiresAt?: string) => createToken(tokens, { name, role, owner, ...(expiresAt ? { expiresAt } : {}) }).token;
const TOKENS = {
  root: make('root', 'admin', 'root'), reader: make('reader', 'read', 'alice'), alice: make('alice', 'operate', 'alice'), bob: make('bob', 'operate', 'bob'),
  expired: make('expired', 'admin', 'root', '2020-01-01T00:00:00.000Z'), bad: 'grid_nobody-has-this-one',
};
type Who = keyof typeof TOKENS;

let grid: ApiUnderTest;
let worker: ControlWorker;
/** A cluster of alice's, its order and its machine. */
let cluster: string;
let job: string;
let machine: string;

const headersOf = (who: Who | undefined): Record<string, string> => (who === undefined ? {} : { authorization: `Bearer ${TOKENS[who]}` });
const as = (who: Who, method: string, path: string, body?: unknown) => ask(grid, method, path, body, headersOf(who));

beforeAll(async () => {
  grid = await startApi({ tokens, rates: NO_RATES });
  await makeNamespace(grid);
  worker = await startControlWorker(grid);
  await worker.defineHost();
  await worker.definePlanners();
  await as('root', 'POST', `${PAAS}/products`, { name: 'idle', version: '1', description: 'made by a test' });
  await as('root', 'PUT', `${PAAS}/products/idle/1/template`, idle(1));
  const { status, body, headers } = await as('alice', 'POST', `${PAAS}/products/idle/1`, {});
  expect([status, body]).toEqual([202, { url: headers.get('location') }]);
  job = body.url.split('/').at(-1);
  cluster = 'cluster/alice/idle/1/1';
  await eventually(() => as('alice', 'GET', `/api/v1/lifecycles/${cluster}`), ({ body: { state, operation } }) => state === 'ready' && operation === null, 120_000);
  machine = (await as('alice', 'GET', `/api/v1/machines?owner=${encodeURIComponent(cluster)}`)).body.machines[0].id;
}, 240_000);
afterAll(async () => {
  await as('root', 'POST', `/api/v1/lifecycles/${cluster}/destroy`, {});
  await eventually(() => as('root', 'GET', `/api/v1/lifecycles/${cluster}`), ({ body }) => body.state === 'destroyed', 60_000);
  await worker.end();
  await grid.end();
});

/** Names of nothing, so that nothing is changed by whoever may. */
const NOTHING: Record<string, string> = { user: 'alice', product: 'none', version: '1', number: '7', id: 'cluster/alice/none/1/7', verb: 'pause', role: 'none', job: '0'.repeat(32), prefix: 'none' };
const nowhere = (path: string) => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === 'id' && path.includes('/machines/') ? 'none' : (NOTHING[name] ?? 'none')));
/** A stream is not read: it has no end. */
const methodFor = (operation: string) => (/^GET .*events$/.test(operation) ? 'HEAD' : operation.split(' ')[0]!);
const call = (operation: string, who?: Who): Promise<RawAnswer> => raw(grid.api, methodFor(operation), nowhere(operation.split(' ')[1]!), { 'content-type': 'application/json', ...headersOf(who) }, /^(GET|DELETE)/.test(operation) ? undefined : '{}');
const OPERATIONS = Object.entries(EXPECTED);
const CLOSED = OPERATIONS.filter(([, role]) => role !== 'open');

describe('every route, whoever asks', () => {
  test('is in the table of who may', async () => {
    const { paths } = (await as('root', 'GET', '/openapi.json')).body as { paths: Record<string, object> };
    const routes = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    const pages = PAGES.map(({ method, path }) => `${method.toUpperCase()} ${documentPath(path)}`);
    expect([...routes, ...pages].sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  test.each(['none', 'bad', 'expired'] as const)('%s: 401, wherever it is asked', async (kind) => {
    for (const [operation] of CLOSED) {
      const answer = await call(operation, kind === 'none' ? undefined : kind);
      expect([operation, answer.status, answer.headers['www-authenticate']]).toEqual([operation, 401, 'Bearer realm="grid"']);
      if (methodFor(operation) !== 'HEAD') expect(JSON.parse(answer.text)).toMatchObject({ status: 401, code: 'unauthorized', fix: expect.any(String) });
    }
    for (const path of ['/nothing', '/api/v1/nothing', '/bigdata/api/v1/products/a/b/c/d']) expect((await raw(grid.api, 'GET', path, headersOf(kind === 'none' ? undefined : kind))).status).toBe(401);
  }, 120_000);

  test('what keeps processes running needs no token, nor does the way to log in', async () => {
    const ANSWERS: Record<string, number[]> = { 'POST /ui/login': [415], 'POST /ui/logout': [303] };
    for (const [operation] of OPERATIONS.filter(([, role]) => role === 'open')) expect(ANSWERS[operation] ?? [200, 503]).toContain((await call(operation)).status);
  });

  test.each([['reader', 'read'], ['bob', 'operate'], ['alice', 'operate'], ['root', 'admin']] as const)('%s (%s): 403 where that is not enough, and never elsewhere', async (who, role) => {
    for (const [operation, wanted] of CLOSED) {
      const { status } = await call(operation, who);
      expect([operation, status === 403, status === 401]).toEqual([operation, !hasRole({ role }, wanted as Role), false]);
    }
  }, 240_000);

  test('both spellings of the header are taken', async () => {
    for (const [name, value] of [['x-auth-token', TOKENS.reader], ['X-Auth-Token', TOKENS.reader], ['authorization', `bearer ${TOKENS.reader}`]] as const) {
      expect((await raw(grid.api, 'GET', '/v1/service/', { [name]: value })).status).toBe(200);
    }
  });
});

describe('what belongs to somebody else', () => {
  const number = (text: string, n: string) => text.replaceAll(/(idle[/]1[/]|idle--1--)\d+/g, `$1${n}`).replaceAll(/[0-9a-f]{32}/g, 'job');
  const there = () => [
    ...['', '/events', '/pause', '/retry', '/destroy', '/roles/r'].map((rest) => `/api/v1/lifecycles/${cluster}${rest}`), ...['', '/events'].map((rest) => `/api/v1/lifecycles/launch/${job}${rest}`),
    `${PAAS}/queue/${job}`, ...['', '/nodes', '/services'].map((rest) => `${PAAS}/clusters/alice/idle/1/1${rest}`), ...['', '/exec', '/logs'].map((rest) => `/api/v1/machines/${machine}${rest}`), `/ui/lifecycles/${cluster}`,
  ];
  const METHODS: [RegExp, string, string?][] = [[/(pause|retry|destroy)$/, 'POST', '{}'], [/roles/, 'PUT', '{"status":"x"}'], [/exec$/, 'POST', '{"argv":["true"]}'], [/./, 'GET']];

  test('is to him as if it were not there, byte for byte', async () => {
    const missing = there().map((path) => path.replaceAll(/(idle\/1\/|idle--1--)1/g, '$18').replaceAll(job, 'f'.repeat(32)));
    for (const [n, path] of there().entries()) {
      const [, method, body] = METHODS.find(([pattern]) => pattern.test(path))!;
      const look = async (one: string) => {
        const { status, text, headers } = await raw(grid.api, method, one, { 'content-type': 'application/json', ...headersOf('bob') }, body);
        const { date: _d, 'x-request-id': _r, ...rest } = headers;
        return { status, text: number(text, 'N'), headers: { ...rest, 'content-length': undefined } };
      };
      const [hidden, none] = [await look(path), await look(missing[n]!)];
      expect([path, hidden]).toEqual([path, none]);
      expect([path, hidden.status]).toEqual([path, 404]);
      if (method === 'GET' && !path.endsWith('events')) await eventually(() => as('reader', 'GET', path), ({ status }) => status < 400, 60_000);
    }
    for (const method of ['DELETE', 'PATCH']) {
      const [hidden, none] = await Promise.all(['1', '8'].map((n) => raw(grid.api, method, `${PAAS}/clusters/alice/idle/1/${n}`, { 'content-type': 'application/json', ...headersOf('bob') }, method === 'PATCH' ? '{}' : undefined)));
      expect([method, hidden!.status, number(hidden!.text, 'N')]).toEqual([method, 404, number(none!.text, 'N')]);
    }
  }, 120_000);

  test('a plan wants what its command wants, shows nothing of it to others, and changes nothing', async () => {
    const own = `${PAAS}/clusters/alice/idle/1/1`;
    const PLANS: [method: string, path: string, bob: number, alice: number][] = [
      ['POST', `${PAAS}/products/idle/1`, 200, 200], ['PATCH', own, 404, 200], ['DELETE', own, 404, 200], ['POST', `/api/v1/lifecycles/${cluster}/destroy`, 404, 200],
      ['POST', '/services/tasks/_new_task', 403, 403], ['POST', '/api/v1/environment/runs', 403, 403],
    ];
    const before = (await as('alice', 'GET', `/api/v1/lifecycles/${cluster}`)).body;
    for (const [method, path, ...expected] of PLANS) {
      const body = method === 'DELETE' ? undefined : {};
      const answers = await Promise.all((['bob', 'alice', 'reader'] as const).map((who) => as(who, method, `${path}?plan=true`, body)));
      expect([path, ...answers.map(({ status }) => status)]).toEqual([path, ...expected, 403]);
      if (expected[1] === 200) expect(answers[1]!.body).toEqual({ verb: expect.any(String), of: expect.any(String), effects: [expect.objectContaining({ kind: 'node', id: 'n0', reason: expect.any(String) })], also: expect.any(Array), hash: expect.stringMatching(/^[0-9a-f]{16}/) });
    }
    for (const [method, path] of [['POST', `/api/v1/lifecycles/${cluster}/pause`], ['PUT', '/api/v1/computes/host'], ['POST', '/api/v1/lifecycles/compute/host/destroy']] as const) {
      expect([path, await as('root', method, `${path}?plan=true`, {})]).toEqual([path, expect.objectContaining({ status: 400, body: expect.objectContaining({ code: 'no_plan' }) })]);
    }
    expect((await as('alice', 'DELETE', `${own}?plan=nonsense`)).status).toBe(400);
    expect((await as('alice', 'GET', `/api/v1/lifecycles/${cluster}`)).body.revision).toBe(before.revision);
  }, 60_000);

  test('is in no list of his, and in those of its owner and of admins', async () => {
    const lists = ['/api/v1/lifecycles?limit=200', '/api/v1/lifecycles?kind=cluster', `/api/v1/lifecycles?owner=alice`, `${PAAS}/clusters`, `${PAAS}/clusters/alice`, '/api/v1/machines?limit=200'];
    for (const path of lists) {
      const seen = async (who: Who) => JSON.stringify((await as(who, 'GET', path)).body).includes('alice');
      expect([path, await seen('bob'), await seen('reader'), await seen('root')]).toEqual([path, false, true, true]);
    }
    expect((await as('bob', 'GET', '/api/v1/lifecycles?limit=200')).body.lifecycles.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining(['compute/host', 'product/idle/1']));
  });

  test('is not named where a compute says who holds what', async () => {
    for (const path of ['/api/v1/computes/host', '/api/v1/lifecycles/compute/host']) {
      expect(JSON.stringify((await as('root', 'GET', path)).body)).toContain(cluster);
      expect(JSON.stringify((await as('reader', 'GET', path)).body)).toContain(cluster);
      const told = JSON.stringify((await as('bob', 'GET', path)).body);
      expect([told.includes('alice'), told.includes('a cluster of somebody else')]).toEqual([false, true]);
    }
  });

  test('no event tells him of', async () => {
    const [hers, his] = await Promise.all((['alice', 'bob'] as const).map((who) => listen(`${grid.api}/api/v1/events`, headersOf(who))));
    await Promise.all([hers, his].map((one) => one!.until(({ data }) => data.last === true)));
    expect((await as('alice', 'POST', `/api/v1/lifecycles/${cluster}/pause`, {})).status).toBe(200);
    expect((await as('alice', 'POST', `/api/v1/lifecycles/${cluster}/resume`, {})).status).toBe(200);
    await hers!.until(({ event, data }) => event === 'change' && data.id === cluster && !data.paused);
    await as('root', 'POST', `${PAAS}/products`, { name: 'idle', version: '1', description: 'for all to see' });
    await his!.until(({ data }) => data.detail?.description === 'for all to see');
    expect(JSON.stringify(his!.told)).not.toContain('alice');
    [hers, his].forEach((one) => one!.drop());
  }, 60_000);
});

describe('one\'s own', () => {
  test('is changed by who operates; what is there for all by admins only', async () => {
    expect((await as('reader', 'POST', `/api/v1/lifecycles/${cluster}/pause`, {})).status).toBe(403);
    expect((await as('alice', 'POST', `/api/v1/machines/${machine}/exec`, { argv: ['echo', 'mine'] })).body).toMatchObject({ exit: 0, stdout: 'mine\n' });
    for (const id of ['compute/host', 'product/idle/1', 'services/deployment_planner']) {
      expect([id, (await as('alice', 'POST', `/api/v1/lifecycles/${id}/pause`, {})).body.code]).toEqual([id, 'forbidden']);
    }
  });

  test('an order is for the owner of the token', async () => {
    expect((await as('bob', 'GET', `${PAAS}/clusters`)).body.clusters).toEqual([]);
    expect((await as('alice', 'GET', `${PAAS}/queue/${job}`)).status).toBe(303);
  });
});

/** What it may see of itself, of another cluster of its owner's, and what comes of a launch and of steering the other. */
const SCRIPT = `#!/usr/bin/env node
const { GRID_API, GRID_TOKEN, CLUSTERDN } = process.env;
const ask = async (method, path, body) => (await fetch(GRID_API + path, { method, headers: { authorization: 'Bearer ' + GRID_TOKEN, 'content-type': 'application/json' }, body })).status;
const [mine, other] = [CLUSTERDN.replace('clusters/', 'cluster/'), 'cluster/alice/idle/1/1'].map((id) => '/api/v1/lifecycles/' + id);
(async () => {
  const seen = [await ask('GET', mine), await ask('PUT', mine + '/roles/r', '{"status":"mine"}'), await ask('GET', other), await ask('POST', other + '/pause', '{}'), await ask('POST', '${PAAS}/products/idle/1', '{}')];
  console.log('seen ' + seen);
  process.exit(String(seen) === '200,200,404,404,403' ? 0 : 1);
})();
`;

test('an orchestrator script has a token for its own cluster, and for nothing else', async () => {
  await as('root', 'POST', `${PAAS}/products`, { name: 'scripted', version: '1', description: 'asks the grid' });
  await as('root', 'PUT', `${PAAS}/products/scripted/1/template`, idle(1));
  await ask(grid, 'PUT', `${PAAS}/products/scripted/1/orchestrator`, SCRIPT, { 'content-type': 'text/plain', ...headersOf('root') });
  expect((await as('alice', 'POST', `${PAAS}/products/scripted/1`, {})).status).toBe(202);
  const path = '/api/v1/lifecycles/cluster/alice/scripted/1/1';
  const { body } = await eventually(() => as('alice', 'GET', path), ({ body: { state, conditions } }) => state === 'ready' || conditions?.length > 0, 120_000);
  expect([body.state, body.conditions]).toEqual(['ready', []]);
  expect(JSON.stringify(body)).not.toContain('gridscript_');
  await as('alice', 'POST', `${path}/destroy`, {});
  await eventually(() => as('alice', 'GET', path), ({ body: { state } }) => state === 'destroyed', 60_000);
}, 240_000);

describe('the audit', () => {
  test('says who asked for what, when, from where and what came of it; to each of his own', async () => {
    await as('bob', 'POST', `/api/v1/lifecycles/${cluster}/destroy`, { reason: 'a secret reason' });
    const { body } = await as('root', 'GET', '/api/v1/audit?limit=200');
    expect(body.audit[0]).toEqual({
      at: expect.stringMatching(/Z$/), who: 'bob', role: 'operate', owner: 'bob', method: 'POST', path: `/api/v1/lifecycles/${cluster}/destroy`, status: 404, code: 'not_found', from: '127.0.0.1', requestId: expect.any(String),
    });
    expect(JSON.stringify(body)).not.toContain('secret reason');
    expect(body.audit.map(({ who, method, path, status }: any) => [who, method, path, status])).toContainEqual(['alice', 'POST', `${PAAS}/products/idle/1`, 202]);
    expect(body.audit.filter(({ method, path }: any) => method === 'GET' || path.endsWith('_list_tasks'))).toEqual([]);
    const hers = (await as('alice', 'GET', '/api/v1/audit?limit=200')).body.audit;
    expect(new Set(hers.map(({ owner }: any) => owner))).toEqual(new Set(['alice']));
    expect((await as('bob', 'GET', '/api/v1/audit?owner=alice')).body.audit).toEqual([]);
  });

  test('is read page by page to its beginning, each entry once, and by `grid audit`', async () => {
    const whole: any[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { status, body }: any = await as('root', 'GET', `/api/v1/audit?limit=3${cursor && `&cursor=${cursor}`}`);
      expect([status, body.audit.length <= 3]).toEqual([200, true]);
      whole.push(...body.audit);
      cursor = body.next;
    }
    expect(whole.at(-1)).toMatchObject({ who: 'root', method: 'POST', path: `${PAAS}/products` });
    expect(new Set(whole.map(({ requestId }) => requestId)).size).toBe(whole.length);
    const { stdout, code } = await runCli(['audit', '-n', '500', '--json'], { env: { GRID_API: grid.api, GRID_TOKEN: TOKENS.root } });
    expect([code, JSON.parse(stdout).audit]).toEqual([0, whole]);
    expect((await runCli(['audit', '--who', 'alice', '-n', '2'], { env: { GRID_API: grid.api, GRID_TOKEN: TOKENS.root } })).stdout).toMatch(/^AT +WHO .*\n.* alice /);
    for (const cursor of ['nonsense', 'x'.repeat(60)]) expect((await as('root', 'GET', `/api/v1/audit?cursor=${cursor}`)).status).toBe(400);
  }, 60_000);
});

test('a token that is revoked is worthless within a second', async () => {
  const token = make('leaver', 'admin', 'leaver');
  const look = async () => (await raw(grid.api, 'GET', '/v1/service/', { 'x-auth-token': token })).status;
  await eventually(look, (status) => status === 200);
  revokeToken(tokens, 'leaver');
  await eventually(look, (status) => status === 401, 5_000);
});

test('guessing is slowed down; whoever has a token is not, until he asks too often', async () => {
  const slow = await startApi({ tokens, address: grid.address, namespace: grid.namespace, rates: { calls: { perSecond: 0.001, atOnce: 5 }, failures: { perSecond: 0.001, atOnce: 3 } } });
  const statuses = async (token: string, times: number) => {
    const all: number[] = [];
    for (let n = 0; n < times; n++) all.push((await raw(slow.api, 'GET', '/docs', { 'x-auth-token': token })).status);
    return all;
  };
  expect(await statuses('guess', 5)).toEqual([401, 401, 401, 429, 429]);
  expect(await statuses(TOKENS.root, 7)).toEqual([200, 200, 200, 200, 200, 429, 429]);
  expect(await statuses(TOKENS.alice, 1)).toEqual([200]);
  await slow.end();
});

test('`grid` says as whom it is refused', async () => {
  const { code, stderr } = await runCli(['clusters'], { env: { GRID_API: grid.api, GRID_TOKEN: TOKENS.expired } });
  expect([code, stderr]).toEqual([1, expect.stringContaining('the token has expired')]);
});

describeNeeding(['vitrage'], 'the stock client of Vitrage', () => {
  const stock = (...words: string[]) => promisify(execFile)('vitrage', ['--os-auth-type', 'admin_token', '--os-endpoint', grid.api, ...words, 'service', 'list', '-f', 'json']);

  test('lists what `grid service list` lists, with a token; without a good one it is refused', async () => {
    const ours = await runCli(['service', 'list', '-f', 'json'], { env: { GRID_API: grid.api, GRID_TOKEN: TOKENS.reader } });
    expect(JSON.parse((await stock('--os-token', TOKENS.reader)).stdout)).toEqual(JSON.parse(ours.stdout));
    await expect(stock('--os-token', TOKENS.bad)).rejects.toMatchObject({ stderr: expect.stringMatching(/401|[Uu]nauthorized|not known/) });
  }, 60_000);
});
