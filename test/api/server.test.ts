import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../config';
import { freePort } from '../support/grid';
import { eventually } from './support/api_under_test';

const started: ChildProcess[] = [];

beforeAll(() => promisify(execFile)(process.execPath, [join(projectRoot(), 'workers/build.mjs'), '--only', 'programs']), 60_000);
afterAll(() => started.forEach((child) => child.kill('SIGKILL')));

/** The API as the grid runs it, and what it printed. */
function spawnApi(env: Record<string, string>): { child: ChildProcess; out: () => string; err: () => string; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [join(projectRoot(), 'dist/api.js')], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  const printed = { out: '', err: '' };
  child.stdout.on('data', (d: Buffer) => (printed.out += String(d)));
  child.stderr.on('data', (d: Buffer) => (printed.err += String(d)));
  return { child, out: () => printed.out, err: () => printed.err, ended: once(child, 'exit').then(([code]) => code as number | null) };
}

const lives = (port: number) => eventually(() => fetch(`http://127.0.0.1:${port}/healthz`).then((r) => r.status, () => 0), (status) => status === 200);

test('every LISTEN entry serves the same, while Temporal is away too; the log is JSON lines; SIGTERM lets a request under way end', async () => {
  const [one, other, nobody] = [await freePort(), await freePort(), await freePort()];
  const api = spawnApi({ LISTEN: `127.0.0.1:${one},[::1]:${other}`, TEMPORAL_ADDRESS: `127.0.0.1:${nobody}`, GRID_LOG_LEVEL: 'info' });
  await lives(one);
  expect((await fetch(`http://[::1]:${other}/healthz`)).status).toBe(200);
  const underWay = fetch(`http://127.0.0.1:${one}/bigdata/api/v1/clusters/test/a/1/1`);
  await eventually(async () => api.out(), (out) => out.includes('"listening"'));
  await new Promise((done) => setTimeout(done, 200));
  api.child.kill('SIGTERM');
  expect((await underWay).status).toBe(503);
  expect(await api.ended).toBe(0);
  const lines = api.out().trim().split('\n').map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ process: 'api', msg: 'listening', listen: [`127.0.0.1:${one}`, `[::1]:${other}`] });
  expect(api.err()).toBe('');
}, 30_000);

test('a follower of nothing does not hold it up: a connection that sends no request ends with it', async () => {
  const port = await freePort();
  const api = spawnApi({ LISTEN: `127.0.0.1:${port}` });
  await lives(port);
  const idle = request({ host: '127.0.0.1', port, method: 'POST', path: '/bigdata/api/v1/products', headers: { 'content-length': '10' } });
  idle.on('error', () => undefined);
  idle.flushHeaders();
  const startedAt = Date.now();
  api.child.kill('SIGTERM');
  expect(await api.ended).toBe(0);
  expect(Date.now() - startedAt).toBeLessThan(8_000);
}, 30_000);

test('a port in use, a wrong variable: ends with 1 and says which', async () => {
  const holder: Server = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  const taken = spawnApi({ LISTEN: `127.0.0.1:${port}` });
  expect(await taken.ended).toBe(1);
  expect(taken.err()).toContain(`127.0.0.1:${port}`);
  holder.close();
  const wrong = spawnApi({ LISTEN: '0.0.0.0:5000' });
  expect(await wrong.ended).toBe(1);
  expect(wrong.err()).toMatch(/LISTEN=0\.0\.0\.0:5000/);
}, 30_000);
