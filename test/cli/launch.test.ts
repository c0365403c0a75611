import type { Shown } from '../../cli/wire';
import { CLUSTER_OPERATIONS } from '../../model/cluster';
import { blockedAtConfigure, end, lastKnown, newReference, reachedReady, shown, start } from '../support/cli_documents';
import { grid, terminalAfter } from '../support/cli';
import { recordedGrid, type Recorded, type RecordedGrid } from '../support/recorded_grid';

const PRODUCT = '/bigdata/api/v1/products/reference/1.0.0';
const QUEUE = '/bigdata/api/v1/queue/0123456789abcdef0123456789abcdef';
const LIFE = '/api/v1/lifecycles/cluster/test/reference/1.0.0/1';
const URL_OF_CLUSTER = 'http://elsewhere:5000/bigdata/api/v1/clusters/test/reference/1.0.0/1';

let server: RecordedGrid;
afterEach(() => server.close());

/** A grid that takes the order, has a number for it after one look, and goes through these documents. */
async function launches(documents: Shown[], more: Record<string, Recorded> = {}): Promise<Record<string, string>> {
  server = await recordedGrid({
    [`POST ${PRODUCT}`]: { status: 202, body: { url: `http://elsewhere:5000${QUEUE}` }, headers: { location: `http://elsewhere:5000${QUEUE}` } },
    [`GET ${QUEUE}`]: [{ body: { status: 'pending' } }, { status: 303, body: { status: 'registered', url: URL_OF_CLUSTER }, headers: { location: URL_OF_CLUSTER } }],
    [`GET ${LIFE}`]: documents.map((body) => ({ body })),
    ...more,
  });
  return { GRID_API: server.api };
}

function launch(): Shown[] {
  const state = newReference();
  const documents = [shown(state)];
  for (const { name } of CLUSTER_OPERATIONS.launch) {
    start(state, name);
    end(state, name);
    documents.push(shown(state));
  }
  return documents;
}

test('launch orders with the options given, tells every state a line, and ends with where the cluster is', async () => {
  const env = await launches(launch());
  const ran = await grid(['launch', 'reference/1.0.0', 'size=2', 'name=a b', '--compute', 'host', '--idempotency-key', 'k-1'], { env });
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(server.asked[0]).toMatchObject({ line: `POST ${PRODUCT}`, body: { size: 2, name: 'a b' }, headers: { 'idempotency-key': 'k-1', 'content-type': 'application/json' } });
  expect(server.asked[0]!.query.get('compute')).toBe('host');
  const lines = ran.stdout.split('\n').map((line) => line.replace(/^ *[\d.]+ s {2}/, ''));
  expect(lines.slice(0, 7)).toEqual(['registered', 'scheduling', 'scheduled', 'configuring', 'configured', 'ready', 'reference/1.0.0/1 is ready after 2.6 s']);
  expect(ran.stdout).toContain('  API       http://127.0.0.1:5000/bigdata/api/v1/clusters/test/reference/1.0.0/1\n');
  expect(ran.stdout).toContain('  Temporal  http://127.0.0.1:8233/');
  expect(ran.stdout).toContain('grid show reference/1.0.0/1\n');
  expect(ran.stdout).toContain('grid destroy reference/1.0.0/1\n');
});

test('each launch has an idempotency key of its own', async () => {
  const env = await launches(launch());
  await grid(['launch', 'reference/1.0.0', '--no-wait'], { env });
  await grid(['launch', 'reference/1.0.0', '--no-wait'], { env });
  const keys = server.asked.filter((a) => a.line.startsWith('POST')).map((a) => a.headers['idempotency-key']);
  expect(keys).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  expect(keys[0]).not.toBe(keys[1]);
});

test('a blocked launch shows step, reason, last output and the commands to go on, and exits 3', async () => {
  const env = await launches([shown(newReference()), shown(blockedAtConfigure())]);
  const { code, stdout } = await grid(['launch', 'reference/1.0.0'], { env });
  expect(code).toBe(3);
  expect(stdout).toContain('configure is blocked (attempt 1): the orchestrator script ended with 2: cannot reach the licence server');
  expect(stdout).toContain('last output:\n  connecting to licence.example\n  cannot reach the licence server\n');
  expect(stdout).toContain('grid retry reference/1.0.0/1');
});

test('with --json a launch prints the cluster and nothing else, when it is ready as when it is blocked', async () => {
  const documents = launch();
  const ready = await grid(['launch', 'reference/1.0.0', '--json'], { env: await launches(documents) });
  expect(JSON.parse(ready.stdout)).toEqual(documents.at(-1));
  await server.close();
  const blocked = await grid(['launch', 'reference/1.0.0', '--json'], { env: await launches([shown(blockedAtConfigure())]) });
  expect([blocked.code, JSON.parse(blocked.stdout)]).toEqual([3, shown(blockedAtConfigure())]);
});

test('with --no-wait it comes back with the number', async () => {
  const env = await launches([shown(newReference())]);
  const { code, stdout } = await grid(['launch', 'reference/1.0.0', '--no-wait', '--json'], { env });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ id: 'cluster/test/reference/1.0.0/1', url: `${server.api}/bigdata/api/v1/clusters/test/reference/1.0.0/1`, queue: server.api + QUEUE });
  expect(server.lines()).not.toContain(`GET ${LIFE}`);
});

test('an order that is refused says the field and what to do', async () => {
  const refusal = { status: 400, error: 'invalid options', message: 'options.size: wanted is a number', code: 'invalid_option', fix: 'Write size=2.', field: 'options.size' };
  const env = await launches([], { [`POST ${PRODUCT}`]: { status: 400, body: refusal } });
  const { code, stdout, stderr } = await grid(['launch', 'reference/1.0.0', 'size=two'], { env });
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toBe('error: options.size: wanted is a number\nfix: Write size=2.\n');
});

test('an order that fails in the queue says why, an unknown product exits 4', async () => {
  const env = await launches([], { [`GET ${QUEUE}`]: { body: { status: 'error', message: 'node example0 asks for 4096 cpu, the largest machine has 8', code: 'does_not_fit', fix: 'Order less.', field: 'nodes.example0.cpu' } } });
  const refused = await grid(['launch', 'reference/1.0.0'], { env });
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('node example0 asks for 4096 cpu')]);
  const unknown = await grid(['launch', 'nothing/1', '--json'], { env });
  expect([unknown.code, JSON.parse(unknown.stderr)]).toEqual([4, { error: expect.objectContaining({ status: 404, code: 'not_found', fix: 'Look elsewhere.' }) }]);
});

test('the last known state, told while no worker runs, is not taken for the outcome', async () => {
  const env = await launches([lastKnown(blockedAtConfigure()), lastKnown(reachedReady()), shown(reachedReady())]);
  expect(await grid(['launch', 'reference/1.0.0'], { env })).toMatchObject({ code: 0 });
});

test('a grid that goes away while it is looked at is waited for', async () => {
  const env = await launches([shown(newReference())]);
  const port = Number(new URL(server.api).port);
  const first = server;
  const ran = grid(['launch', 'reference/1.0.0'], { env, onWrite: (text) => void (text.includes('registered') && back()) });
  async function back() {
    await first.close();
    server = await recordedGrid({ [`GET ${LIFE}`]: [{ status: 503, body: { status: 503, detail: 'Temporal does not answer' } }, { body: shown(reachedReady()) }] }, port);
  }
  expect(await ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/registered[^]*does not answer; still trying[^]*is ready/) });
});

test('Ctrl-C ends the looking, says that the launch goes on, and exits 130', async () => {
  const env = await launches([shown(newReference())]);
  const stop = new AbortController();
  const ran = await grid(['launch', 'reference/1.0.0'], { env, signal: stop.signal, terminal: { columns: 80 }, onWrite: (text) => void (text.includes('registered') && stop.abort()) });
  expect(ran).toMatchObject({ code: 130, stderr: expect.stringContaining('reference/1.0.0/1 goes on') });
  expect(ran.writes.at(-1)).toBe('\x1b[?25h');
});

test('on a terminal the progress is redrawn in its place, each frame with one write, the cursor hidden and given back', async () => {
  const env = await launches(launch());
  const { code, writes, stdout } = await grid(['launch', 'reference/1.0.0'], { env, terminal: { columns: 60 } });
  expect(code).toBe(0);
  expect(writes[0]).toBe('\x1b[?25l');
  const frames = writes.slice(1, writes.indexOf('\x1b[?25h'));
  for (const frame of frames) expect(frame.replaceAll(/\x1b\[[\d;]*m/g, '')).toMatch(/^(\x1b\[5A\r)?(reference\/1\.0\.0\/1 {2}.*\x1b\[K\n)( {2}. .*\x1b\[K\n){4}\x1b\[J$/);
  expect(terminalAfter(stdout).slice(0, 6)).toEqual([
    'reference/1.0.0/1  … → configuring → configured → ready',
    '  ✔  place           0.1 s',
    '  ✔  start_machines  1.3 s',
    '  ✔  configure       1.1 s',
    '  ✔  await_ready     0.1 s',
    'reference/1.0.0/1 is ready after 2.6 s',
  ]);
});
