import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { freePort } from '../support/grid';
import { eventually } from './support/api_under_test';
import { spawnApi, type ApiProcess } from './support/api_process';

const started: ApiProcess[] = [];
afterAll(() => started.forEach(({ child }) => child.kill('SIGKILL')));

async function start(env: Record<string, string>): Promise<ApiProcess> {
  const api = await spawnApi(env);
  started.push(api);
  return api;
}

const lives = (port: number) => eventually(() => fetch(`http://127.0.0.1:${port}/healthz`).then((r) => r.status, () => 0), (status) => status === 200);

test('every LISTEN entry serves the same, while Temporal is away too; the log is JSON lines; SIGTERM lets a request under way end', async () => {
  const [one, other, nobody] = [await freePort(), await freePort(), await freePort()];
  const api = await start({ LISTEN: `127.0.0.1:${one},[::1]:${other}`, TEMPORAL_ADDRESS: `127.0.0.1:${nobody}`, GRID_LOG_LEVEL: 'info' });
  await lives(one);
  expect((await fetch(`http://[::1]:${other}/healthz`)).status).toBe(200);
  const underWay = fetch(`http://127.0.0.1:${one}/bigdata/api/v1/clusters/test/a/1/1`);
  await new Promise((done) => setTimeout(done, 200));
  api.child.kill('SIGTERM');
  expect((await underWay).status).toBe(503);
  expect(await api.ended).toBe(0);
  const lines = api.out().trim().split('\n').map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ process: 'api', msg: 'listening', listen: [`127.0.0.1:${one}`, `[::1]:${other}`] });
  expect(api.err()).toBe('');
});

test('a request that never comes to its end does not hold it up', async () => {
  const port = await freePort();
  const api = await start({ LISTEN: `127.0.0.1:${port}`, GRID_LOG_LEVEL: 'info' });
  await lives(port);
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('PUT /bigdata/api/v1/products/a/1/orquestrator HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf');
  await new Promise((done) => setTimeout(done, 300));
  const startedAt = Date.now();
  api.child.kill('SIGTERM');
  expect(await api.ended).toBe(0);
  expect(Date.now() - startedAt).toBeLessThan(8_000);
});

test('a port in use, a wrong variable: ends with 1 and says which', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  const taken = await start({ LISTEN: `127.0.0.1:${port}` });
  expect(await taken.ended).toBe(1);
  expect(taken.err()).toContain(`127.0.0.1:${port}`);
  holder.close();
  const wrong = await start({ LISTEN: '0.0.0.0:5000' });
  expect(await wrong.ended).toBe(1);
  expect(wrong.err()).toMatch(/LISTEN=0\.0\.0\.0:5000/);
});
