import { ENDPOINTS } from '../../api/app';
import { documentPath, OPEN } from '../../api/http/endpoint';
import type { Finding } from '../../model/doctor';
import { ask } from '../support/http';
import { eventually, makeNamespace, raw, startApi, type ApiUnderTest } from './support/api_under_test';
import { startControlWorker, type ControlWorker } from './support/control_worker';

let grid: ApiUnderTest;
let worker: ControlWorker;

beforeAll(async () => {
  grid = await startApi();
  await makeNamespace(grid);
  worker = await startControlWorker(grid);
  await worker.defineHost();
});
afterAll(async () => {
  await worker.end();
  await grid.end();
});

describe('computes', () => {
  test('the list is of summaries: what they have and what is used', async () => {
    const { body } = await eventually(() => ask(grid, 'GET', '/api/v1/computes'), (a) => a.body.stale === undefined);
    expect(body).toMatchObject({ computes: [{ id: 'compute/host', name: 'host', driver: 'process', state: 'ready', cpuTotal: expect.any(Number), links: { self: `${grid.api}/api/v1/lifecycles/compute/host` } }], next: null });
  });

  test('one is whole: capacity, usage, reservations, who waits', async () => {
    const { body } = await ask(grid, 'GET', '/api/v1/computes/host');
    expect(body).toMatchObject({ id: 'compute/host', driver: 'process', capacity: { hosts: [{ disks: expect.any(Array) }], networks: expect.any(Array) }, usage: { hosts: expect.any(Array) }, reservations: [], waiting: [] });
    for (const inner of ['v', 'seen', 'undo', 'decision', 'interrupt', 'stale']) expect(body).not.toHaveProperty(inner);
  });

  test.each(['nowhere', "x'y", '..%2fx'])('of what is not there: 404 (%s)', async (name) => {
    expect((await ask(grid, 'GET', `/api/v1/computes/${name}`)).status).toBe(404);
  });
});

describe('health', () => {
  test('alive and ready, and no more than that is told', async () => {
    expect(await ask(grid, 'GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect((await eventually(() => ask(grid, 'GET', '/readyz'), (a) => a.status === 200)).body).toEqual({ status: 'ready', temporal: true, controlWorker: true });
  });

  test('without a control worker: alive, not ready, saying which part is away; ready again when it is back', async () => {
    await worker.stop();
    const answer = await eventually(() => ask(grid, 'GET', '/readyz'), (a) => a.status === 503);
    expect(answer.body).toMatchObject({ code: 'no_worker', temporal: true, controlWorker: false, fix: expect.any(String) });
    expect((await ask(grid, 'GET', '/healthz')).status).toBe(200);
    expect((await ask(grid, 'GET', '/api/v1/computes')).body).toMatchObject({ stale: true, computes: [{ name: 'host' }] });
    expect((await ask(grid, 'GET', '/api/v1/computes/host')).body).toMatchObject({ stale: true, name: 'host', state: 'ready' });
    worker = await startControlWorker(grid, undefined, worker);
    await eventually(() => ask(grid, 'GET', '/readyz'), (a) => a.status === 200);
  });
});

describe('doctor', () => {
  const examine = async () => (await ask(grid, 'GET', '/api/v1/doctor')).body as { well: boolean; now: string; findings: Finding[] };
  const statusOf = (findings: Finding[]) => Object.fromEntries(findings.map(({ check, status }) => [check, status]));

  test('of a grid that works it finds nothing but that these are no whole one\'s processes', async () => {
    const { well, now, findings } = await examine();
    expect([well, Math.abs(Date.parse(now) - Date.now()) < 60_000]).toEqual([true, true]);
    // Its API and its worker run in this process, which is no member.
    expect(statusOf(findings)).toEqual({ temporal: 'ok', namespace: 'ok', worker: 'ok', members: 'warning', clocks: 'ok', disks: expect.any(String), computes: 'ok', machines: 'ok', agents: 'ok', steps: 'ok' });
    expect(findings.find(({ check }) => check === 'temporal')?.seen).toMatch(/^version \d+\.\d+/);
    expect(findings.find(({ check }) => check === 'namespace')?.seen).toContain('365 days');
    expect(findings.find(({ check }) => check === 'disks')?.seen).toMatch(/compute host: \d+ (of \d+ )?MiB/);
  });

  test('without a control worker that is what failed, and the rest is looked at all the same', async () => {
    await worker.stop();
    await eventually(() => ask(grid, 'GET', '/readyz'), (a) => a.status === 503);
    const { well, findings } = await eventually(examine, (seen) => !seen.well);
    expect([well, statusOf(findings)]).toEqual([false, expect.objectContaining({ temporal: 'ok', namespace: 'ok', worker: 'failed', computes: 'warning' })]);
    worker = await startControlWorker(grid, undefined, worker);
    await eventually(() => ask(grid, 'GET', '/readyz'), (a) => a.status === 200);
  });
});

describe('what the API says of itself', () => {
  test('the OpenAPI document holds every endpoint, with its parameters and answers', async () => {
    const { body } = await ask(grid, 'GET', '/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    for (const { method, path, answers } of ENDPOINTS) {
      const operation = body.paths[documentPath(path)]?.[method];
      const inPath = [...documentPath(path).matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
      const described = (operation?.parameters ?? []).filter((p: { in: string }) => p.in === 'path').map((p: { name: string }) => p.name);
      expect([method, path, described.sort()]).toEqual([method, path, inPath.sort()]);
      const refused = OPEN.test(path) ? [] : ['401', '403', '429'];
      expect(Object.keys(operation.responses).sort()).toEqual([...new Set([...Object.keys(answers), ...refused])].sort());
    }
    expect(Object.values(body.paths).flatMap((p) => Object.keys(p as object))).toHaveLength(ENDPOINTS.length);
  });

  test('its schemas are those that requests are checked by', async () => {
    const { body } = await ask(grid, 'GET', '/openapi.json');
    const schemaOf = (path: string, method: string) => body.paths[path][method].requestBody.content['application/json'].schema;
    expect(schemaOf('/bigdata/api/v1/products', 'post').required).toEqual(['name', 'version', 'description']);
    expect(schemaOf('/api/v1/machines/{id}/exec', 'post')).toMatchObject({ required: ['argv'], additionalProperties: false, properties: { timeoutMs: { maximum: 600_000 } } });
  });

  test.each(['/', '/docs'])('%s is a page that loads and runs only what is here', async (path) => {
    const { status, headers, body } = await ask(grid, 'GET', path);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8']);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(body).not.toMatch(/<style|<img|\bstyle=|\bon\w+=|<script(?! src="\/ui\/)|(src|href)="(?!\/|#)/i);
  });

  test('every link of the front page is answered', async () => {
    const { body } = await ask(grid, 'GET', '/');
    const links = [...(body as string).matchAll(/(?:href|src)="(\/[^"]*)"/g)].map((m) => m[1]!);
    expect(links.length).toBeGreaterThan(3);
    // The environment is made by a whole grid, which this is not: that there is none is no dead link.
    for (const link of links) {
      const { status, body: said } = await ask(grid, 'GET', link);
      expect([link, link === '/ui/environment' && status === 404 && JSON.stringify(said).includes('environment/model') ? 200 : status]).toEqual([link, 200]);
    }
  });

  test('the page of the API names every path', async () => {
    const { body } = await ask(grid, 'GET', '/docs');
    // Where a long path may be broken stands in between.
    const shown = (body as string).replaceAll(/<wbr ?\/?>/g, '');
    for (const { path } of ENDPOINTS) expect(shown).toContain(documentPath(path));
  });

  test('the manual is served with it: as a page to browsers, as it is to others, and nothing beside it', async () => {
    const page = await raw(grid.api, 'GET', '/docs/runbook/clusters.md', { accept: 'text/html,*/*' });
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=UTF-8']);
    expect(page.text).toContain('<h2 id="no_capacity">no_capacity</h2>');
    expect((await raw(grid.api, 'GET', '/docs/recover.md')).text).toMatch(/^# When a step is stuck\n/);
    for (const path of ['/docs/none.md', '/docs/../package.json', '/docs/..%2fREADME.md', '/docs/runbook', '/docs/%2e%2e/README.md']) expect([path, (await raw(grid.api, 'GET', path)).status]).toEqual([path, 404]);
    expect((await raw(grid.api, 'POST', '/docs/recover.md')).status).toBe(405);
  });

  test('HEAD is GET without its body', async () => {
    expect(await raw(grid.api, 'HEAD', '/healthz')).toMatchObject({ status: 200, text: '' });
  });
});
