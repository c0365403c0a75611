import type { Client } from '@temporalio/client';
import { MEMBERS_ID } from '../../model/ids';
import type { MembersState } from '../../model/members';
import { joinMembers, type Membership, type Self } from '../../process/join_members';
import { eventually, makeNamespace, startApi, type ApiUnderTest } from '../api/support/api_under_test';
import { startControlWorker, type ControlWorker } from '../api/support/control_worker';
import { ask } from '../support/http';
import { startTemporal, type TestServer } from '../support/temporal_server';

const LEASE_MS = 1_500;
const PATIENCE_MS = 30_000;
const HOST = 'controller-1';
let server: TestServer;
let grid: ApiUnderTest;
let worker: ControlWorker;
const joined = new Set<Membership>();

beforeAll(async () => {
  server = await startTemporal(process.env.GRID_TEST_TEMPORAL_BIN!, { continueAsNewAfter: 40 });
  grid = await startApi({ address: server.address, namespace: 'servicegrid-members' });
  await makeNamespace(grid);
  worker = await startControlWorker(grid);
}, 90_000);
afterAll(async () => {
  await Promise.all([...joined].map((one) => one.leave()));
  await worker.end();
  await grid.end();
  await server.end();
});

function join(more: Partial<Self> = {}): Membership {
  const membership = joinMembers(grid.client, { kind: 'api', hostname: HOST, queue: null, leaseMs: LEASE_MS, ...more }, (why) => console.error(why));
  joined.add(membership);
  return membership;
}

const dead = () => {
  throw new Error('dead');
};

/** What a process does that is killed: it says nothing any more. */
function silenced(): { client: Client; silence: () => void } {
  let silent = false;
  const quiet = <T extends object>(target: T): T => new Proxy(target, { get: (of, key) => (silent ? dead : Reflect.get(of, key, of) as unknown) });
  const client = Object.assign(Object.create(grid.client) as Client, {});
  Object.defineProperty(client, 'activity', { value: quiet(grid.client.activity) });
  Object.defineProperty(client, 'workflow', { value: quiet(grid.client.workflow) });
  return { client, silence: () => (silent = true) };
}

const listed = async () => (await ask(grid, 'GET', '/v1/service/')).body as { name: string; hostname: string; process: number; created: string }[];
const open = () => grid.client.workflow.getHandle(MEMBERS_ID).describe().then(({ status }) => status.name === 'RUNNING');
const names = async () => (await listed()).map(({ name }) => name);
const until = (wanted: string[]) => eventually(names, (seen) => JSON.stringify(seen) === JSON.stringify(wanted), PATIENCE_MS);
const leave = async (membership: Membership) => {
  joined.delete(membership);
  await membership.leave();
};

afterEach(async () => {
  await Promise.all([...joined].map((one) => leave(one)));
  await until([]);
}, 60_000);

test('nobody yet: an empty list', async () => {
  expect(await ask(grid, 'GET', '/v1/service/')).toMatchObject({ status: 200, body: [] });
});

test('VT3, V-2: one that joins is listed with the four keys of the original; the display keys of the seed on request', async () => {
  join();
  await until(['ApiWorker worker(0)']);
  const [row] = await listed();
  const created = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/);
  expect(row).toEqual({ name: 'ApiWorker worker(0)', hostname: HOST, process: process.pid, created });
  expect((await ask(grid, 'GET', '/v1/service?format=display')).body).toEqual([{ 'Created At': row!.created, Hostname: HOST, 'Process Id': process.pid, Name: 'ApiWorker worker(0)' }]);
  expect(Date.now() - Date.parse(row!.created) - process.uptime() * 1000).toBeLessThan(2_500);
});

test('VT7, VT8: sorted by name; who leaves is off the list without its lease having ended', async () => {
  const leaseMs = 120_000;
  const members = [join({ kind: 'control', queue: 'control', leaseMs }), join({ leaseMs }), join({ kind: 'connector', leaseMs }), join({ leaseMs })];
  await until(['ApiWorker worker(0)', 'ApiWorker worker(1)', 'ConnectorWorker worker(0)', 'ControlWorker worker(0)']);
  await leave(members[2]!);
  await until(['ApiWorker worker(0)', 'ApiWorker worker(1)', 'ControlWorker worker(0)']);
});

test('ours adds status, version, queue and load, page by page', async () => {
  for (const more of [{ kind: 'control', queue: 'control' }, {}] as const) join(more);
  await eventually(async () => (await ask(grid, 'GET', '/api/v1/members')).body.members, (seen) => seen.length === 2 && seen.every((one: any) => one.load), PATIENCE_MS);
  const first = (await ask(grid, 'GET', '/api/v1/members?limit=1')).body;
  expect(first.members).toEqual([{
    name: 'ApiWorker worker(0)', kind: 'api', hostname: HOST, process: process.pid, created: expect.any(String), status: 'running', version: '0.1.0', queue: null,
    load: { cpu: expect.any(Number), memMiB: expect.any(Number) }, heardAt: expect.any(String),
  }]);
  const second = (await ask(grid, 'GET', `/api/v1/members?limit=1&cursor=${first.next}`)).body;
  expect(second).toMatchObject({ members: [{ name: 'ControlWorker worker(0)', queue: 'control' }], next: null });
  expect((await ask(grid, 'GET', '/api/v1/members?cursor=nonsense')).body).toMatchObject({ status: 400, code: 'invalid_cursor' });
});

test('VT6: who is silent is lost, and off the list when its lease has ended; a beat adds nothing to the history', async () => {
  const { client, silence } = silenced();
  joined.add(joinMembers(client, { kind: 'api', hostname: HOST, queue: null, leaseMs: LEASE_MS }, () => undefined));
  await until(['ApiWorker worker(0)']);
  const { historyLength } = await grid.client.workflow.getHandle(MEMBERS_ID).describe();
  await new Promise((done) => setTimeout(done, 2 * LEASE_MS));
  expect((await grid.client.workflow.getHandle(MEMBERS_ID).describe()).historyLength).toBe(historyLength);
  expect(await names()).toEqual(['ApiWorker worker(0)']);
  const diedAt = Date.now();
  silence();
  await eventually(async () => (await ask(grid, 'GET', '/api/v1/members')).body.members[0]?.status, (status) => status !== 'running', PATIENCE_MS);
  await until([]);
  expect(Date.now() - diedAt).toBeGreaterThan(LEASE_MS / 2);
}, 90_000);

test('while no worker runs the list is what it was, and who leaves is off it', async () => {
  join();
  const goes = join({ kind: 'connector' });
  await until(['ApiWorker worker(0)', 'ConnectorWorker worker(0)']);
  await worker.stop();
  await new Promise((done) => setTimeout(done, 2 * LEASE_MS));
  expect(await names()).toEqual(['ApiWorker worker(0)', 'ConnectorWorker worker(0)']);
  await leave(goes);
  await until(['ApiWorker worker(0)']);
  worker = await startControlWorker(grid, undefined, worker);
}, 90_000);

test('a history that grows long goes on in another run, with everybody in it, each once', async () => {
  join();
  join({ kind: 'control' });
  const wanted = ['ApiWorker worker(0)', 'ControlWorker worker(0)'];
  await until(wanted);
  const run = async () => (await grid.client.workflow.getHandle(MEMBERS_ID).describe()).runId;
  const before = await run();
  for (let n = 0; (await run()) === before; n++) {
    if (n > 50) throw new Error('the history never was long enough');
    const guest = join({ kind: 'connector', hostname: `guest-${n}` });
    await eventually(names, (seen) => seen.includes('ConnectorWorker worker(0)'), PATIENCE_MS);
    await leave(guest);
  }
  await until(wanted);
  await new Promise((done) => setTimeout(done, 2 * LEASE_MS));
  expect(await names()).toEqual(wanted);
  const { members } = await grid.client.workflow.getHandle(MEMBERS_ID).query<MembersState>('document');
  expect(members.map(({ kind, number }) => [kind, number]).sort()).toEqual([['api', 0], ['control', 0]]);
}, 180_000);

test('one that was forgotten joins again', async () => {
  join();
  await until(['ApiWorker worker(0)']);
  await grid.client.workflow.getHandle(MEMBERS_ID).terminate('by a test');
  expect(await names()).toEqual([]);
  await eventually(open, (is) => is, PATIENCE_MS);
  await until(['ApiWorker worker(0)']);
}, 60_000);

describe('VT1, VT2: where what is behind it is away', () => {
  test('no Temporal: 500 in the words of the original', async () => {
    const away = await startApi({ address: '127.0.0.1:9', namespace: 'nowhere' });
    const answer = await ask(away, 'GET', '/v1/service/');
    expect(answer).toMatchObject({ status: 500, body: { status: 500, message: 'Failed to connect to coordination backend', fix: expect.any(String) } });
    expect((await ask(away, 'GET', '/api/v1/members')).status).toBe(503);
    await away.end();
  }, 30_000);

  test('a Temporal server on which no grid was ever brought up: 500 in the words of the original', async () => {
    const none = await startApi({ address: server.address, namespace: 'no-grid-here' });
    expect(await ask(none, 'GET', '/v1/service/')).toMatchObject({ status: 500, body: { message: 'Service API not supported' } });
    await none.end();
  }, 30_000);
});
