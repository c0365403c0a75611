import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { EXIT } from '../../cli/exit';
import { programOf } from '../../cli/program';
import { identify } from '../../cli/up/process_identity';
import { CLUSTER_OPERATIONS } from '../../model/cluster';
import { planOf, type Effect } from '../../model/command_plan';
import { newCompute, viewCompute } from '../../model/compute_state';
import { beginOperation, blockStep, endOperation, enter, stepNamed } from '../../model/lifecycle';
import { at, blockedAtConfigure, lostANode, reachedReady, SCRIPT_FAILED, shown, start, summaryOf } from '../support/cli_documents';
import { grid } from '../support/cli';
import { recordedGrid, type Recorded, type RecordedGrid } from '../support/recorded_grid';

const LIFECYCLES = 'GET /api/v1/lifecycles';
const LIFE = '/api/v1/lifecycles/cluster/test/reference/1.0.0/1';

let server: RecordedGrid | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function records(recorded: Record<string, Recorded>): Promise<Record<string, string>> {
  server = await recordedGrid(recorded);
  return { GRID_API: server.api };
}

const destroyedCluster = () => {
  const state = reachedReady(2, 2);
  beginOperation(state, 'destroy', CLUSTER_OPERATIONS.destroy, at(30));
  enter(state, 'destroyed', at(31));
  endOperation(state, 'done', at(31));
  return state;
};

describe('lists', () => {
  test('clusters come page after page, destroyed ones only with --all', async () => {
    const pages: Recorded = [{ body: { lifecycles: [summaryOf(lostANode())], next: 'c2' } }, { body: { lifecycles: [summaryOf(destroyedCluster())], next: null } }];
    const some = await grid(['clusters'], { env: await records({ [LIFECYCLES]: pages }) });
    expect(some.stdout).toContain('reference/1.0.0/1');
    expect(some.stdout).not.toContain('reference/1.0.0/2');
    expect(server!.asked.map((a) => [a.query.get('kind'), a.query.get('cursor')])).toEqual([['cluster', null], ['cluster', 'c2']]);
    await server!.close();
    const all = await grid(['clusters', '--all', '--json'], { env: await records({ [LIFECYCLES]: pages }) });
    expect(JSON.parse(all.stdout)).toEqual({ clusters: [summaryOf(lostANode()), summaryOf(destroyedCluster())] });
  });

  test('a pipe gets lines as long as they are, a terminal and COLUMNS get lines that fit', async () => {
    const env = await records({ [LIFECYCLES]: { body: { lifecycles: [summaryOf(blockedAtConfigure())], next: null } } });
    const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
    expect(widest((await grid(['clusters'], { env })).stdout)).toBeGreaterThan(120);
    expect(widest((await grid(['clusters'], { env: { ...env, COLUMNS: '72' } })).stdout)).toBeLessThanOrEqual(72);
    expect(widest((await grid(['clusters'], { env: { ...env, NO_COLOR: '1' }, terminal: { columns: 64 } })).stdout)).toBeLessThanOrEqual(64);
  });

  test('colours are for terminals, and not under NO_COLOR', async () => {
    const env = await records({ [LIFECYCLES]: { body: { lifecycles: [summaryOf(reachedReady())], next: null } } });
    expect((await grid(['clusters'], { env, terminal: { columns: 90 } })).stdout).toContain('\x1b[32mready');
    for (const options of [{ env }, { env: { ...env, NO_COLOR: '1' }, terminal: { columns: 90 } }, { env: { ...env, TERM: 'dumb' }, terminal: { columns: 90 } }]) {
      expect((await grid(['clusters'], options)).stdout).not.toContain('\x1b');
    }
  });

  test('lifecycles are filtered by the grid, products hide what nobody has made', async () => {
    const product = (version: string, documentRevision: number) => ({ ...summaryOf(reachedReady()), id: `product/reference/${version}`, kind: 'product', detail: { description: 'minimal', documentRevision } });
    const env = await records({ [LIFECYCLES]: { body: { lifecycles: [product('1.0.0', 3), product('2.0.0', 0)], next: null } } });
    await grid(['lifecycles', '--kind', 'launch', '--blocked'], { env });
    expect(Object.fromEntries(server!.asked[0]!.query)).toMatchObject({ kind: 'launch', blocked: 'true' });
    const { stdout } = await grid(['products'], { env });
    expect(stdout).toMatch(/reference\/1\.0\.0 .*minimal/);
    expect(stdout).not.toContain('2.0.0');
  });

  test('a product is shown with what its options mean', async () => {
    const PRODUCT = 'GET /bigdata/api/v1/products/reference/1.0.0';
    const options = { required: {}, optional: { size: 2 }, advanced: {}, descriptions: { size: 'number of nodes' } };
    const metadata = { name: 'reference', version: '1.0.0', description: 'minimal' };
    const env = await records({ [PRODUCT]: { body: metadata }, [`${PRODUCT}/options`]: { body: options } });
    expect((await grid(['products', 'show', 'reference/1.0.0'], { env })).stdout).toMatch(/size +optional +2 +number of nodes/);
    expect(JSON.parse((await grid(['products', 'show', 'reference/1.0.0', '--json'], { env })).stdout)).toEqual({ ...metadata, options });
    expect((await grid(['products', 'show', 'nothing/1'], { env })).code).toBe(EXIT.notFound);
  });

  test('machines and computes are listed, and are JSON with --json', async () => {
    const machine = { id: 'm-g1', compute: 'host', owner: 'cluster/test/reference/1.0.0/1', node: 'example0', generation: 1, state: 'running', host: 'host1', address: '127.77.0.1', ref: { pid: 4242 }, startedAt: at(0) };
    const compute = { id: 'compute/host', name: 'host', driver: 'process', state: 'ready', conditions: [], hosts: 1, cpuUsed: 0.2, cpuTotal: 16, memMiBUsed: 128, memMiBTotal: 4096, owners: 1, waiting: 2 };
    const env = await records({ 'GET /api/v1/machines': { body: { machines: [machine], next: null } }, 'GET /api/v1/computes': { body: { computes: [compute], next: null } } });
    expect((await grid(['machines'], { env })).stdout).toMatch(/m-g1 +running +host +reference\/1\.0\.0\/1 +example0 +host1 +127\.77\.0\.1 +pid 4242/);
    expect((await grid(['computes'], { env })).stdout).toMatch(/host +ready +process +1 +0\.2\/16 +128\/4096 +1 +2/);
    expect(JSON.parse((await grid(['machines', '--json'], { env })).stdout)).toEqual({ machines: [machine] });
  });

  test('a compute is defined, shown with who has how much of it, and removed', async () => {
    const allocation = { node: 'a', host: 'host1', cpu: 0.1, memMiB: 64, disks: [], networks: [] };
    const compute = {
      ...viewCompute(newCompute({ name: 'rack1', connector: 'process:?cpu=2', capacity: { hosts: [{ name: 'host1', cpu: 2, memMiB: 512, disks: [] }], networks: [], cpuOvercommit: 1, diskRoot: '/' } }, at(0))),
      reservations: [{ owner: 'cluster/test/reference/1.0.0/1', allocations: [allocation, { ...allocation, node: 'b' }] }],
    };
    const inUse = { status: 409, body: { status: 409, code: 'in_use', detail: 'it is used by agent/0', fix: 'Uninstall it.' } };
    const PATH = '/api/v1/computes/rack1';
    const env = await records({ [`PUT ${PATH}`]: [{ status: 201, body: compute }, { body: compute }], [`GET ${PATH}`]: { body: compute }, [`DELETE ${PATH}`]: [inUse, { status: 204 }] });
    const run = (...words: string[]) => grid(['compute', ...words], { env });
    expect((await run('add', 'rack1', 'process:?cpu=2')).stdout).toMatch(/rack1 is defined[^]*compute\/rack1 +ready[^]*connector +process:\?cpu=2[^]*host1 +0\/2 +0\/512/);
    expect(server!.asked[0]!.body).toEqual({ connector: 'process:?cpu=2' });
    expect((await run('add', 'rack1', 'process:?cpu=2')).stdout).toContain('rack1 is as you say');
    expect((await run('show', 'rack1')).stdout).toMatch(/reference\/1\.0\.0\/1 +2 +0\.2 +128 +host1/);
    expect(JSON.parse((await run('show', 'rack1', '--json')).stdout)).toEqual(JSON.parse(JSON.stringify(compute)));
    expect(await run('rm', 'rack1')).toMatchObject({ code: EXIT.error, stderr: expect.stringContaining('it is used by agent/0') });
    expect(await run('rm', 'rack1')).toMatchObject({ code: EXIT.ok, stdout: 'rack1 is removed\n' });
    for (const words of [[], ['add', 'rack1'], ['rm']]) expect((await run(...words)).code).toBe(EXIT.usage);
  });

  test('top says who has how much of which compute, the largest first, and fits the terminal', async () => {
    const compute = (name: string, owners: number) => ({ id: `compute/${name}`, name, driver: 'process', state: 'ready', conditions: [], hosts: 1, cpuUsed: 0.7, cpuTotal: 16, memMiBUsed: 256, memMiBTotal: 4096, disksUsed: 0, disksTotal: 12, owners });
    const allocation = { node: 'a', host: 'host1', cpu: 0.1, memMiB: 64, disks: [], networks: [] };
    const reservations = [{ owner: 'cluster/test/reference/1.0.0/1', allocations: [allocation, { ...allocation, node: 'b' }] }, { owner: 'agent/0', allocations: [{ ...allocation, cpu: 0.5, memMiB: 128 }] }];
    const env = await records({
      'GET /api/v1/computes': { body: { computes: [compute('host', 2), compute('idle', 0)], next: null } }, 'GET /api/v1/computes/host': { body: { id: 'compute/host', reservations } },
      [LIFECYCLES]: { body: { lifecycles: [{ ...summaryOf(reachedReady()), id: 'agent/0', kind: 'agent', detail: { instances: 'webserver/0' } }], next: null } },
      'GET /services/webserver/instances/0/': { body: { cpu: 12.5, mem_mib: 41 } },
    });
    const { stdout } = await grid(['top'], { env });
    expect(stdout).toMatch(/WHO[^]*service\/webserver +host +1 +0\.5 +128 +0\.13 +41\nreference\/1\.0\.0\/1 +test +host +2 +0\.2 +128\n\nOF COMPUTE[^]*host +0\.7\/16 +256\/4096 +0\/12/);
    expect(server!.lines()).not.toContain('GET /api/v1/computes/idle');
    expect(JSON.parse((await grid(['top', '--by', 'owner', '--json'], { env })).stdout)).toMatchObject({ uses: [{ owner: '', machines: 1, cpu: 0.5 }, { owner: 'test', machines: 2 }], computes: [{ name: 'host' }, { name: 'idle' }] });
    for (const columns of [40, 72]) expect(Math.max(...(await grid(['top'], { env: { ...env, NO_COLOR: '1' }, terminal: { columns } })).stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect((await grid(['top', '--by', 'size'], { env })).code).toBe(EXIT.usage);
  });

  test('nodes of a cluster are listed; a script need not name its own', async () => {
    const env = await records({ [`GET ${LIFE}`]: { body: shown(lostANode()) } });
    expect((await grid(['nodes', 'reference/1.0.0/1'], { env })).stdout).toMatch(/example1 +failed .*SIGKILL/);
    const { stdout } = await grid(['nodes', '--json'], { env: { ...env, CLUSTERDN: 'clusters/test/reference/1.0.0/1' } });
    expect(JSON.parse(stdout)).toEqual({ nodes: shown(lostANode()).nodes });
    expect((await grid(['nodes'], { env })).code).toBe(EXIT.usage);
  });
});

describe('plans', () => {
  const effect = (id: string, word: Effect['effect'], reason: string): Effect => ({ kind: 'node', id, effect: word, machine: `clusters--test--reference--1__0__0--1--${id}-g1`, machineEffect: word, reason });
  const plan = planOf({ verb: 'scale', of: 'cluster/test/reference/1.0.0/1', effects: [effect('example0', 'none', 'it is as it is ordered'), effect('example1', 'create', 'it is ordered')], also: ['the orchestrator script runs: start'] }, null);
  const PATCH = 'PATCH /bigdata/api/v1/clusters/test/reference/1.0.0/1';

  test('what a command would do is asked on its own route, and fits the terminal', async () => {
    const env = await records({ [PATCH]: { body: plan } });
    const { code, stdout } = await grid(['scale', 'reference/1.0.0/1', 'size=2', '--plan'], { env: { ...env, COLUMNS: '64' } });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^scale of reference\/1\.0\.0\/1: 1 to be created, 1 left alone\nEFFECT +WHAT +MACHINE +REASON\nnone +example0 +stays +it is as it is ordered\ncreate +example1 +new +it is ordered\nalso: the orchestrator script runs: start\nhash: [0-9a-f]{16}~cexample1\n/)]);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(64);
    expect([server!.asked[0]!.query.get('plan'), server!.asked[0]!.body]).toEqual(['true', { size: 2 }]);
    expect(JSON.parse((await grid(['scale', 'reference/1.0.0/1', 'size=2', '--plan', '--json'], { env })).stdout)).toEqual(plan);
  });

  test('a plan that does not hold is refused with what is different', async () => {
    const said = (message: string) => ({ status: 409, code: 'world_moved', error: 'conflict', message, fix: 'Take the plan again, and apply what it says now.' });
    const body = { ...said('the plan does not hold any more: a'), problems: [said('the plan does not hold any more: a'), said('example2 is gone')] };
    const env = await records({ [`GET ${LIFE}`]: { body: shown(reachedReady()) }, [PATCH]: { status: 409, body } });
    const { code, stderr } = await grid(['scale', 'reference/1.0.0/1', 'size=2', '--plan-hash', plan.hash], { env });
    expect([code, stderr]).toEqual([EXIT.error, expect.stringMatching(/does not hold any more: a\n +example2 is gone\nfix: Take the plan again/)]);
    expect(server!.asked.find(({ line }) => line === PATCH)!.query.get('plan')).toBe(plan.hash);
  });
});

describe('status', () => {
  const STATUS = 'GET /api/v1/status';

  test('says what is up and, first, what waits for a person', async () => {
    const lives = { counts: { launch: { pending: 1 }, cluster: { ready: 1, configuring: 1 }, compute: { ready: 1 } }, waiting: [summaryOf(blockedAtConfigure())] };
    const env = await records({ 'GET /readyz': { body: { status: 'ready' } }, [STATUS]: { body: lives } });
    const { code, stdout } = await grid(['status'], { env });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/workers +up[^]*1 lifecycle waits for a person[^]*cluster\/test\/reference\/1\.0\.0\/1 +configuring[^]*computes: 1 ready\n +clusters: 1 ready, 1 configuring\n$/)]);
    expect(JSON.parse((await grid(['status', '--json'], { env })).stdout)).toMatchObject({ temporal: true, worker: true, counts: { cluster: { ready: 1, configuring: 1 } }, waiting: [{ id: 'cluster/test/reference/1.0.0/1' }] });
  });

  test.each([['no_worker', { temporal: true, worker: false }], ['temporal_away', { temporal: false, worker: false }]])('with %s it exits 1 and says so', async (code, expected) => {
    const env = await records({ [STATUS]: { body: { counts: {}, waiting: [] } }, 'GET /readyz': { status: 503, body: { status: 503, code, detail: 'away' } } });
    expect((await grid(['status'], { env })).code).toBe(EXIT.error);
    expect(JSON.parse((await grid(['status', '--json'], { env })).stdout)).toMatchObject(expected);
  });
});

describe('doctor', () => {
  const finding = (check: string, status: string, seen: string, fix?: string) => ({ check, status, seen, ...(fix ? { fix } : {}) });
  const examined = (findings: object[], now = new Date().toISOString()): Record<string, Recorded> => ({ 'GET /api/v1/doctor': { body: { well: true, now, findings } } });

  test('prints what was seen, each fix below it, and exits 0 as long as nothing failed', async () => {
    const env = await records(examined([finding('temporal', 'ok', 'version 1.31.2 answers'), finding('disks', 'warning', 'little is free', 'Free some.')]));
    const { code, stdout } = await grid(['doctor'], { env });
    expect([code, stdout]).toEqual([EXIT.ok, expect.stringMatching(/✔ api +answers at http[^]*✔ temporal +version 1\.31\.2 answers\n! disks +little is free\n +Free some\.\n\n1 warning\n$/)]);
    expect(JSON.parse((await grid(['doctor', '--json'], { env })).stdout)).toMatchObject({ well: true, findings: [{ check: 'api', status: 'ok' }, { check: 'temporal' }, { check: 'disks', fix: 'Free some.' }] });
  });

  test('exits 1 when something failed; a clock that is not ours is said', async () => {
    const env = await records(examined([finding('worker', 'failed', 'no control worker answers', 'Start one.')], new Date(Date.now() - 120_000).toISOString()));
    const { code, stdout } = await grid(['doctor'], { env });
    expect([code, stdout]).toEqual([EXIT.error, expect.stringMatching(/! clocks +the clock of the API, [^\n]* is \d+ s slow[^]*✘ worker[^]*1 failure, 1 warning/)]);
  });

  test('without an API it says so, with what to do, and where a grid of this home runs instead', async () => {
    const home = mkdtempSync(join(tmpdir(), 'grid-test-'));
    const env = { GRID_API: 'http://127.0.0.1:1', GRID_HOME: home };
    const alone = await grid(['doctor', '--json'], { env });
    expect([alone.code, alone.stderr, JSON.parse(alone.stdout)]).toEqual([EXIT.error, '', { well: false, findings: [{ check: 'api', status: 'failed', seen: 'no grid answers at http://127.0.0.1:1', fix: expect.stringContaining('npm start') }] }]);
    writeFileSync(join(home, 'grid.json'), JSON.stringify({ ...identify(process.pid), grid: 'g', startedAt: at(0), api: 'http://127.0.0.1:5999', namespace: 'servicegrid' }));
    expect((await grid(['doctor'], { env })).stdout).toMatch(/one runs at http:\/\/127\.0\.0\.1:5999\n +set GRID_API=http:\/\/127\.0\.0\.1:5999/);
  });
});

describe('show and watch', () => {
  test('show prints the lifecycle, --output what its scripts printed, --json the document', async () => {
    const life = shown(blockedAtConfigure());
    life.steps![2]!.output = 'connecting\nfailed\n';
    const env = await records({ [`GET ${LIFE}`]: { body: life } });
    expect((await grid(['show', 'test/reference/1.0.0/1'], { env })).stdout).toContain('configure is blocked');
    expect((await grid(['show', 'reference/1.0.0/1', '--output'], { env })).stdout).toBe('output of configure (attempt 1)\nconnecting\nfailed\n');
    expect(JSON.parse((await grid(['show', 'clusters/test/reference/1.0.0/1', '--json'], { env })).stdout)).toEqual(life);
  });

  test('watch stays with what is blocked and ends when it is ready; with --json each document is a line', async () => {
    const documents = [shown(blockedAtConfigure()), shown(reachedReady())];
    const env = await records({ [`GET ${LIFE}`]: documents.map((body) => ({ body })) });
    const { code, stdout } = await grid(['watch', 'reference/1.0.0/1', '--json'], { env });
    expect([code, stdout.trim().split('\n').map((line) => JSON.parse(line))]).toEqual([0, documents]);
  });

  test('a document that did not change is not sent again', async () => {
    const looks = () => server!.lines().filter((line) => line === `GET ${LIFE}`).length;
    const tagged: Recorded = (response, { headers }) => {
      const matches = headers['if-none-match'] === '"7"';
      response.writeHead(matches && looks() < 4 ? 304 : 200, { 'content-type': 'application/json', etag: '"7"' });
      response.end(matches ? (looks() < 4 ? undefined : JSON.stringify(shown(reachedReady()))) : JSON.stringify(shown(blockedAtConfigure())));
    };
    const env = await records({ [`GET ${LIFE}`]: tagged });
    expect((await grid(['watch', 'reference/1.0.0/1', '--json'], { env })).stdout.trim().split('\n')).toHaveLength(2);
    expect(looks()).toBe(4);
  });

  test('a grid that tells what changes is looked at when it does, and goes on telling from there when the connection breaks', async () => {
    const documents = [shown(blockedAtConfigure()), { ...shown(blockedAtConfigure()), revision: 90 }, shown(reachedReady())];
    const heard: (string | undefined)[] = [];
    const tells: Recorded = (response, { headers }) => {
      heard.push(headers['last-event-id'] as string | undefined);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': beat\n\n');
      if (heard.length === 1) setTimeout(() => response.end('id: a-90\nevent: change\ndata: {}\n\n'), 100);
      else response.write('id: a-91\nevent: change\ndata: {}\n\n');
    };
    let looks = 0;
    // What changes on its own between two looks is not what is waited for here.
    const life: Recorded = (response) => void response.end(JSON.stringify(documents[heard.length === 0 ? 0 : Math.min(looks++, heard.length)]));
    const env = await records({ [`GET ${LIFE}`]: life, [`GET ${LIFE}/events`]: tells });
    const { code, stdout } = await grid(['watch', 'reference/1.0.0/1', '--json'], { env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toEqual(documents[2]);
    expect(heard).toEqual([undefined, 'a-90']);
    expect(looks).toBeLessThan(10);
  });

  test('without an id everything that changes is printed, a line each; --json as it is told', async () => {
    const change = summaryOf(blockedAtConfigure());
    const tells: Recorded = (response, { query }) => {
      response.writeHead(query.get('kind') === 'cluster' ? 200 : 400, { 'content-type': 'text/event-stream' });
      response.end(`event: snapshot\ndata: {"lifecycles":[]}\n\nid: x\nevent: change\ndata: ${JSON.stringify(change)}\n\n`);
    };
    const env = await records({ 'GET /api/v1/events': tells });
    const stop = new AbortController();
    const line = await grid(['watch', '--kind', 'cluster'], { env, signal: stop.signal, onWrite: () => stop.abort() });
    expect(line).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} {2}reference\/1\.0\.0\/1 {2}configuring {2}configure {2}Blocked: .*licence server\n$/) });
    const again = new AbortController();
    const json = await grid(['watch', '--kind', 'cluster', '--json'], { env, signal: again.signal, onWrite: () => again.abort() });
    expect(JSON.parse(json.stdout)).toEqual(JSON.parse(JSON.stringify(change)));
    expect((await grid(['watch', '--kind', 'other'], { env })).code).toBe(EXIT.error);
  });
});

describe('verbs', () => {
  const accepted = { body: { id: 'cluster/test/reference/1.0.0/1', state: 'configuring', revision: 20 } };

  test.each(['retry', 'skip', 'pause', 'resume', 'abort', 'repair', 'destroy'])('%s is sent with its reason', async (verb) => {
    const env = await records({ [`POST ${LIFE}/${verb}`]: accepted });
    const { code, stdout } = await grid([verb, 'reference/1.0.0/1', '--reason', 'licence is back'], { env });
    expect([code, stdout, server!.asked[0]!.body]).toEqual([0, `reference/1.0.0/1: ${verb} accepted\n`, { reason: 'licence is back' }]);
  });

  test('a step is named to retry and skip only', async () => {
    const env = await records({ [`POST ${LIFE}/retry`]: accepted });
    await grid(['retry', 'reference/1.0.0/1', '--step', 'configure'], { env });
    expect(server!.asked[0]!.body).toEqual({ step: 'configure' });
    expect((await grid(['destroy', 'reference/1.0.0/1', '--step', 'configure'], { env })).code).toBe(EXIT.usage);
  });

  test('a verb that is not legal now exits 1 with the reason and the fix', async () => {
    const env = await records({ [`POST ${LIFE}/retry`]: { status: 409, body: { status: 409, code: 'nothing_blocked', title: 'conflict', detail: 'no step is blocked', fix: 'Look at its steps.' } } });
    expect(await grid(['retry', 'reference/1.0.0/1'], { env })).toMatchObject({ code: 1, stdout: '', stderr: 'error: no step is blocked\nfix: Look at its steps.\n' });
  });

  test('retry --wait looks past the block it was sent for, and reports the next one', async () => {
    const before = { ...shown(blockedAtConfigure()), revision: 20 };
    const again = { ...shown(blockedAtConfigure()), revision: 22 };
    again.steps![2]!.attempt = 2;
    const env = await records({ [`POST ${LIFE}/retry`]: accepted, [`GET ${LIFE}`]: [{ body: before }, { body: before }, { body: again }] });
    expect(await grid(['retry', 'reference/1.0.0/1', '--wait'], { env })).toMatchObject({ code: 3, stdout: expect.stringContaining('configure is blocked (attempt 2)') });
  });

  test('resume --wait of something idle has nothing to wait for, and tells nothing that was before', async () => {
    const env = await records({ [`POST ${LIFE}/resume`]: accepted, [`GET ${LIFE}`]: { body: { ...shown(reachedReady()), revision: 20 } } });
    expect(await grid(['resume', 'reference/1.0.0/1', '--wait'], { env })).toMatchObject({ code: 0, stdout: expect.stringMatching(/^reference\/1\.0\.0\/1 is ready\n/) });
  });

  test('destroy --wait ends when nothing is left, and with 3 when that is blocked', async () => {
    const gone = { ...shown(destroyedCluster()), revision: 25 };
    const env = await records({ [`POST ${LIFE}/destroy`]: accepted, [`GET ${LIFE}`]: [{ body: shown(blockedAtConfigure()) }, { body: { ...shown(blockedAtConfigure()), revision: 21 } }, { body: gone }] });
    expect((await grid(['destroy', 'reference/1.0.0/1', '--wait'], { env })).code).toBe(0);
    await server!.close();
    const stuck = reachedReady();
    beginOperation(stuck, 'destroy', CLUSTER_OPERATIONS.destroy, at(30));
    blockStep(stuck, stepNamed(stuck, 'stop_machines'), SCRIPT_FAILED, at(31));
    stuck.revision = 30;
    const other = await records({ [`POST ${LIFE}/destroy`]: accepted, [`GET ${LIFE}`]: { body: shown(stuck) } });
    expect((await grid(['destroy', 'reference/1.0.0/1', '--wait'], { env: other })).code).toBe(3);
  });

  test('scale orders the options that change and follows the cluster, not what it was before', async () => {
    const QUEUE = '/bigdata/api/v1/queue/0123456789abcdef0123456789abcdef';
    const before = shown(reachedReady());
    const scaling = reachedReady();
    beginOperation(scaling, 'scale', CLUSTER_OPERATIONS.scale, at(40));
    start(scaling, 'place');
    const env = await records({
      'PATCH /bigdata/api/v1/clusters/test/reference/1.0.0/1': { status: 202, body: { url: QUEUE } },
      [`GET ${QUEUE}`]: { status: 303, body: { status: 'registered', url: '/bigdata/api/v1/clusters/test/reference/1.0.0/1' } },
      [`GET ${LIFE}`]: [{ body: before }, { body: before }, { body: shown(scaling) }, { body: { ...shown(reachedReady(3)), revision: 40 } }],
    });
    expect(await grid(['scale', 'reference/1.0.0/1', 'size=3', '--wait'], { env })).toMatchObject({ code: 0 });
    expect(server!.asked.find((a) => a.line.startsWith('PATCH'))).toMatchObject({ body: { size: 3 } });
    expect(server!.asked.filter((a) => a.line === `GET ${LIFE}`)).toHaveLength(4);
  });
});

test('a role is set in the cluster whose script is calling, or the one named', async () => {
  const env = await records({ [`PUT ${LIFE}/roles/service1`]: { body: { id: 'cluster/test/reference/1.0.0/1', state: 'configuring', revision: 9 } } });
  const said = { code: 0, stdout: 'reference/1.0.0/1: service1 is running\n' };
  expect(await grid(['role', 'set', 'service1', 'running'], { env: { ...env, CLUSTERDN: 'clusters/test/reference/1.0.0/1' } })).toMatchObject(said);
  expect(await grid(['role', 'set', 'service1', 'running', '--cluster', 'reference/1.0.0/1'], { env })).toMatchObject(said);
  expect(server!.asked.map((a) => a.body)).toEqual([{ status: 'running' }, { status: 'running' }]);
  expect((await grid(['role', 'set', 'service1', 'running'], { env })).code).toBe(EXIT.usage);
});

describe('how it is asked and what it answers', () => {
  test('the token goes along, and LISTEN says where the grid is when GRID_API does not', async () => {
    const env = await records({ [LIFECYCLES]: { body: { lifecycles: [], next: null } } });
    await grid(['clusters'], { env: { LISTEN: `${env['GRID_API']!.slice('http://'.length)},127.0.0.1:1`, GRID_TOKEN: 'secret' } });
    expect(server!.asked[0]!.headers.authorization).toBe('Bearer secret');
  });

  test('no grid, no address and no JSON each say what to do', async () => {
    const nobody = await grid(['clusters'], { env: { GRID_API: 'http://127.0.0.1:1' } });
    expect(nobody).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^error: no grid answers at http:\/\/127\.0\.0\.1:1\nfix: start one with `npm start`/) });
    expect(await grid(['clusters'], { env: { GRID_API: 'nonsense' } })).toMatchObject({ code: 2, stderr: expect.stringContaining('GRID_API is not an address') });
    const env = await records({ [LIFECYCLES]: { text: '<html>' } });
    expect(await grid(['clusters'], { env })).toMatchObject({ code: 1, stderr: expect.stringContaining('is not a grid') });
  });

  test('with --json an error is JSON as well, and not on standard output', async () => {
    const { stdout, stderr } = await grid(['clusters', '--json'], { env: { GRID_API: 'http://127.0.0.1:1' } });
    expect([stdout, JSON.parse(stderr)]).toEqual(['', { error: { code: 'no_grid', message: 'no grid answers at http://127.0.0.1:1', fix: expect.any(String) } }]);
    expect((await grid(['exec', 'm', '--', 'x', '--json'], { env: { GRID_API: 'http://127.0.0.1:1' } })).stderr).toMatch(/^error: no grid/);
  });

  test.each([[['lauch']], [['launch']], [['clusters', '--al']], [['launch', 'reference/1.0.0', 'size']], [['show', 'a/b/c/d/e']], [['completion', 'tcsh']], [[]]])('%j is wrong use: exit 2, nothing asked', async (words) => {
    expect(await grid(words, { env: { GRID_API: 'http://127.0.0.1:1' } })).toMatchObject({ code: 2, stdout: '' });
  });

  test('help lists every command and every exit code', async () => {
    const { code, stdout } = await grid(['--help'], { env: { COLUMNS: '100' } });
    expect(code).toBe(0);
    for (const command of tree()) if (command.parent?.parent === null) expect(stdout).toContain(`  ${command.name()} `);
    for (const exit of Object.values(EXIT)) expect(stdout).toMatch(new RegExp(`(^|\\s)${exit}  \\S`, 'm'));
  });

  test('every command that answers something takes --json', () => {
    const without = tree().filter((c) => c.commands.length === 0 && !c.options.some((o) => o.long === '--json')).map((c) => c.name());
    expect(without).toEqual(['up', 'connector', 'completion']);
  });

  test('`up` is announced as it is', async () => {
    const { upCommand } = await import('../../cli/commands/up');
    const announced = tree().find((c) => c.name() === 'up')!;
    expect([announced.description(), announced.usage()]).toEqual([upCommand().description(), expect.stringContaining('[command...]')]);
  });
});

function tree(): Command[] {
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
  return all(programOf({ io: { env: {} } as never, api: () => undefined as never, exit: 0 })).slice(1);
}
