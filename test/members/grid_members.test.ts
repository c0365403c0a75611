import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { spawnApi } from '../api/support/api_process';
import { eventually } from '../api/support/api_under_test';
import { grid as cli } from '../support/cli';
import { freePort, startGrid, type TestGrid } from '../support/grid';
import { ask } from '../support/http';
import { PATIENCE_MS } from '../support/machine_ground';
import { describeNeeding } from '../support/parts';
import { install, installed, pidOfAgent } from '../support/services';
import { temporalAddress } from '../support/temporal';

const HOST = 'controller-1';
const LEASE_MS = 2_000;
/** Of a machine on which much else runs. */
const SLACK_MS = 5_000;
let grid: TestGrid;
let agentHost: string;
const more: ChildProcess[] = [];

beforeAll(async () => {
  grid = await startGrid({ env: { HOST_HOSTNAME: HOST, GRID_MEMBER_LEASE: `${LEASE_MS}ms`, GRID_AGENT_TIMEOUT: '2s' } });
  await install(grid, 'web');
  await installed(grid, 'web', 1);
  agentHost = grid.ground.kind === 'process' ? HOST : expect.any(String);
}, 120_000);
afterAll(async () => {
  more.forEach((child) => child.kill('SIGKILL'));
  await grid.end();
});

const rows = async () => (await ask(grid, 'GET', '/v1/service/')).body as { name: string; hostname: string; process: number }[];
const EVERYBODY = ['AgentWorker worker(0)', 'ApiWorker worker(0)', 'ControlWorker worker(0)'];
const until = (names: string[]) => eventually(rows, (seen) => JSON.stringify(seen.map(({ name }) => name)) === JSON.stringify(names), PATIENCE_MS);

test('VT5: every process of the grid is listed by itself, with the host that it is told to be on', async () => {
  const seen = await until(EVERYBODY);
  expect(seen.map(({ hostname }) => hostname)).toEqual([agentHost, HOST, HOST]);
  expect(seen.slice(1).map((one) => one.process)).toEqual([grid.pidOf('api'), grid.pidOf('control')]);
  const { members } = (await ask(grid, 'GET', '/api/v1/members')).body;
  expect(members.map((m: any) => [m.status, m.version, m.queue])).toEqual([['running', '0.1.0', 'agent-0'], ['running', '0.1.0', null], ['running', '0.1.0', 'control']]);
});

test('VT6, VT7: a process is off the list within its lease after kill -9, at once after SIGTERM, and never on it twice', async () => {
  const env = { ...grid.env, TEMPORAL_ADDRESS: temporalAddress(grid), TEMPORAL_NAMESPACE: 'servicegrid', LISTEN: `127.0.0.1:${await freePort()}` } as Record<string, string>;
  const killed = await spawnApi(env);
  more.push(killed.child);
  const both = await until(['AgentWorker worker(0)', 'ApiWorker worker(0)', 'ApiWorker worker(1)', 'ControlWorker worker(0)']);
  expect(new Set(both.map((one) => one.process)).size).toBe(4);
  killed.child.kill('SIGKILL');
  const killedAt = Date.now();
  await until(EVERYBODY);
  expect(Date.now() - killedAt).toBeLessThan(LEASE_MS + SLACK_MS);

  const told = await spawnApi({ ...env, LISTEN: `127.0.0.1:${await freePort()}` });
  more.push(told.child);
  await until(['AgentWorker worker(0)', 'ApiWorker worker(0)', 'ApiWorker worker(1)', 'ControlWorker worker(0)']);
  told.child.kill('SIGTERM');
  expect(await told.ended).toBe(0);
  await until(EVERYBODY);
}, 180_000);

test('a connector beside the grid is a member of it; one of no grid is of none', async () => {
  const args = [join(__dirname, '../../dist/connector.js'), `--listen=127.0.0.1:${await freePort()}`, '--connector=process:?net=127.198', '--name=small'];
  const connector = spawn(process.execPath, args, { env: grid.env, stdio: 'ignore' });
  more.push(connector);
  await until([...EVERYBODY.slice(0, 2), 'ConnectorWorker worker(0)', 'ControlWorker worker(0)']);
  connector.kill('SIGTERM');
  await once(connector, 'exit');
  await until(EVERYBODY);
}, 180_000);

test('a control worker that is killed is there again as another process; the list answers meanwhile', async () => {
  const pid = grid.pidOf('control');
  process.kill(pid, 'SIGKILL');
  expect((await ask(grid, 'GET', '/v1/service/')).status).toBe(200);
  const seen = await eventually(rows, (now) => now.filter(({ name }) => name.startsWith('ControlWorker')).map((one) => one.process).join() === String(grid.pidOf('control')) && grid.pidOf('control') !== pid, 2 * PATIENCE_MS);
  expect(seen).toHaveLength(3);
}, 180_000);

test('an agent that is killed is back under its name as another process', async () => {
  const before = await pidOfAgent(grid, 0);
  const listed = (await rows())[0]!.process;
  process.kill(before, 'SIGKILL');
  const [agent] = await eventually(rows, ([first]) => first?.name === 'AgentWorker worker(0)' && first.process !== listed, PATIENCE_MS);
  expect(agent!.hostname).toEqual(agentHost);
}, 180_000);

test('`grid members` says how they are', async () => {
  const { stdout, code } = await cli(['members'], { env: { GRID_API: grid.api } });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^MEMBER +STATUS +HOST +PROCESS +QUEUE +VERSION +CPU % +MEMORY MiB +AGE$/m);
  expect(stdout).toMatch(/^AgentWorker worker\(0\) +running +\S+ +\d+ +agent-0 +0\.1\.0 .* \d\S* (s|min)$/m);
});

const ours = async (...words: string[]) => (await cli(['service', 'list', ...words], { env: { GRID_API: grid.api } })).stdout;

test('a column that there is not is refused with those that there are', async () => {
  const { code, stderr } = await cli(['service', 'list', '-c', 'Nothing'], { env: { GRID_API: grid.api } });
  expect([code, stderr]).toEqual([2, expect.stringContaining('Name, Process Id, Hostname, Created At')]);
});

describeNeeding(['vitrage'], 'the stock client of Vitrage', () => {
  const stock = async (...words: string[]) => (await promisify(execFile)('vitrage', ['--os-auth-type', 'none', '--os-endpoint', grid.api, 'service', 'list', ...words])).stdout;

  test.each([['-f table', '-f json'], ['-f csv', '-f yaml'], ['-f value -c Name', '-c Hostname -c "Process Id"']])('prints what `grid service list` prints: %s, %s', async (...all) => {
    const words = all.map((one) => one.match(/"[^"]+"|\S+/g)!.map((word) => word.replaceAll('"', '')));
    expect(await Promise.all(words.map((w) => stock(...w)))).toEqual(await Promise.all(words.map((w) => ours(...w))));
  });
});
