import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { createApp } from '../../api/app';
import type { Grid } from '../../api/http/grid';
import { callMachines } from '../../api/temporal/machine_call';
import { EVERYBODY } from '../../model/access';
import type { MachineCall } from '../../model/messages';
import { freePort } from '../support/grid';
import { ask, type Answer } from '../support/http';
import { eventually, makeNamespace, raw, startApi, type ApiUnderTest } from './support/api_under_test';
import { spawnApi } from './support/api_process';
import { startControlWorker, type ControlWorker } from './support/control_worker';
import { putProduct } from './support/products';

const MACHINES = '/api/v1/machines';

let grid: ApiUnderTest;
let worker: ControlWorker;
let cluster: string;
let ids: string[];

beforeAll(async () => {
  grid = await startApi();
  await makeNamespace(grid);
  worker = await startControlWorker(grid);
  await worker.defineHost();
  cluster = await launched(await putProduct(grid, { name: 'three' }), 3);
  ids = (await ask(grid, 'GET', `${MACHINES}?owner=${cluster}`)).body.machines.map((m: { id: string }) => m.id);
});
afterAll(async () => {
  await worker.end();
  await grid.end();
});

async function launched(product: string, size: number): Promise<string> {
  const { body } = await ask(grid, 'POST', product, { size });
  const queue = await eventually(() => ask(grid, 'GET', body.url), (a) => a.status === 303);
  const path = new URL(queue.body.url).pathname;
  await eventually(() => ask(grid, 'GET', path), (a) => a.body.data.status === 'ready', 20_000);
  return `cluster/${path.split('/clusters/')[1]}`;
}

const exec = (id: string, body: unknown, headers?: Record<string, string>) => ask(grid, 'POST', `${MACHINES}/${id}/exec`, body, headers);
/** Calls on machines that are under way, as Temporal lists them. */
const callsUnderWay = async (): Promise<number> => {
  const { count } = await grid.client.workflow.count("WorkflowType = 'machineCall' AND ExecutionStatus = 'Running'");
  return count;
};

describe('GET', () => {
  test('DESIGN §11: machines are {id, compute, owner, state, host, address, ref, startedAt}, those of one owner or compute', async () => {
    const { machines, next } = (await ask(grid, 'GET', `${MACHINES}?owner=${cluster}&compute=host`)).body;
    expect(next).toBeNull();
    expect(machines).toHaveLength(3);
    expect(machines[0]).toMatchObject({
      id: 'clusters--test--three--1__0--1--n0-g1', compute: 'host', owner: cluster, node: 'n0', generation: 1, state: 'running',
      host: expect.any(String), address: expect.stringMatching(/^127\./), ref: { pid: expect.any(Number) }, startedAt: expect.any(String),
    });
    for (const query of ['owner=cluster/test/other/1/1', 'compute=elsewhere']) {
      expect((await ask(grid, 'GET', `${MACHINES}?${query}`)).body).toEqual({ machines: [], next: null });
    }
  });

  test('page by page, each once', async () => {
    const found: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Answer = await ask(grid, 'GET', `${MACHINES}?limit=2${cursor && `&cursor=${cursor}`}`);
      found.push(...page.body.machines.map((m: { id: string }) => m.id));
      cursor = page.body.next;
    }
    expect(found).toEqual(ids);
  });

  test('one; of what is not there: 404', async () => {
    expect((await ask(grid, 'GET', `${MACHINES}/${ids[1]}`)).body).toMatchObject({ id: ids[1], node: 'n1' });
    for (const path of ['nothing', 'nothing/logs', "x'%20OR%20'1", '..%2f..%2fetc']) {
      expect((await ask(grid, 'GET', `${MACHINES}/${path}`)).status).toBe(404);
    }
    expect((await exec('nothing', { argv: ['true'] })).status).toBe(404);
  });

  test.each(["owner=x'", 'compute=a%20b', 'limit=0', 'more=1'])('a wrong query: 400 (%s)', async (query) => {
    expect((await ask(grid, 'GET', `${MACHINES}?${query}`)).status).toBe(400);
  });
});

describe('exec', () => {
  test('runs argv as it is, never through a shell, and answers exit, stdout and stderr', async () => {
    const argv = ['sh', '-c', 'cat; echo "$1" >&2; exit 3', 'sh', '$(id); "quoted" \'too\''];
    const answer = await exec(ids[0]!, { argv, stdin: 'from the caller' });
    expect(answer).toMatchObject({ status: 200, body: { exit: 3, signal: null, stdout: 'from the caller', stderr: `${argv[4]}\n`, timedOut: false, truncated: false } });
  });

  test('is ended at its time limit', async () => {
    expect((await exec(ids[0]!, { argv: ['sleep', '100'], timeoutMs: 300 })).body).toMatchObject({ timedOut: true, exit: null });
  });

  test('a program that is not there: a problem, not an error of ours', async () => {
    const answer = await exec(ids[0]!, { argv: ['/no/such/program'] });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  });

  test.each<[string, unknown, number]>([
    ['no argv', {}, 400], ['an empty argv', { argv: [] }, 400], ['an empty program', { argv: [''] }, 400], ['a command line', { argv: 'ls -l' }, 400], ['a NUL', { argv: ['a\0b'] }, 400],
    ['a time limit of a day', { argv: ['true'], timeoutMs: 86_400_000 }, 400], ['another field', { argv: ['true'], env: {} }, 400], ['not JSON', '{"argv": ["true"],}', 400],
  ])('%s: refused', async (_what, body, status) => {
    expect((await exec(ids[0]!, body)).status).toBe(status);
    expect((await exec(ids[0]!, body, { 'content-type': 'text/plain' })).status).toBe(415);
  });

  test('a caller who goes away ends the command: nothing runs on behind his back', async () => {
    const marker = `4${process.pid}.5`;
    const leaving = new AbortController();
    const call = fetch(`${grid.api}${MACHINES}/${ids[0]}/exec`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ argv: ['sleep', marker] }), signal: leaving.signal,
    }).catch(() => undefined);
    const running = async () => (await exec(ids[1]!, { argv: ['pgrep', '-f', `^sleep ${marker}`] })).body.stdout.trim();
    await eventually(running, (pids) => pids !== '');
    leaving.abort();
    await call;
    await eventually(running, (pids) => pids === '');
  });
});

test('a caller who went away before his command was on its way ends it too', async () => {
  const call: MachineCall = { op: 'exec', machine: ids[0]!, request: { argv: ['sleep', '100'], timeoutMs: 30_000 } };
  const startedAt = Date.now();
  await expect(callMachines({ ...grid, caller: EVERYBODY } as unknown as Grid, call, 30_000, AbortSignal.abort())).rejects.toThrow();
  expect(Date.now() - startedAt).toBeLessThan(10_000);
});

describe('logs', () => {
  test('the last lines, as text', async () => {
    const answer = await ask(grid, 'GET', `${MACHINES}/${ids[2]}/logs?tail=5`);
    expect([answer.status, answer.headers.get('content-type'), answer.body]).toEqual([200, 'text/plain; charset=utf-8', 'hello from n2\n']);
  });

  test.each(['tail=x', 'tail=100000', 'follow=maybe', 'since=1'])('a wrong query: 400 (%s)', async (query) => {
    expect((await ask(grid, 'GET', `${MACHINES}/${ids[0]}/logs?${query}`)).status).toBe(400);
  });

  test('followed: what is printed comes as it is printed, and a caller who goes away ends the reading', async () => {
    const request = get(`${grid.api}${MACHINES}/${ids[2]}/logs?follow=true`);
    const [response] = await once(request, 'response');
    const [chunk] = await once(response, 'data');
    expect(String(chunk)).toBe('hello from n2\n');
    await eventually(callsUnderWay, (n) => n === 1);
    request.destroy();
    await eventually(callsUnderWay, (n) => n === 0, 5_000);
    await sleep(300);
    expect(await callsUnderWay()).toBe(0);
  });

  test('followed: whoever drops the stream ends the reading, whatever serves it', async () => {
    const app = createApp({ client: grid.client, namespace: grid.namespace, config: { temporal: { codecKeys: [] }, url: 'http://localhost', home: '/nowhere' }, log: pino({ level: 'silent' }) });
    const reader = (await app.request(`${MACHINES}/${ids[2]}/logs?follow=true`)).body!.getReader();
    await reader.read();
    await eventually(callsUnderWay, (n) => n === 1);
    await reader.cancel();
    await eventually(callsUnderWay, (n) => n === 0, 5_000);
  });

  test('HEAD follows nothing', async () => {
    expect(await raw(grid.api, 'HEAD', `${MACHINES}/${ids[2]}/logs?follow=true`)).toMatchObject({ status: 200, text: '' });
    await sleep(300);
    expect(await callsUnderWay()).toBe(0);
  });

  test('followed: ends by itself when the machine is dead, with all it printed', async () => {
    const text = fetch(`${grid.api}${MACHINES}/${ids[1]}/logs?follow=true`).then((r) => r.text());
    await exec(ids[1]!, { argv: ['sh', '-c', 'kill $(pgrep -f "^sh -c echo hello from n1")'] });
    expect(await text).toContain('hello from n1\n');
  });

  test('the end of the process ends the streams, and with them what they were waiting for', async () => {
    const port = await freePort();
    const ending = await spawnApi({ LISTEN: `127.0.0.1:${port}`, TEMPORAL_ADDRESS: grid.address, TEMPORAL_NAMESPACE: grid.namespace });
    try {
      const api = `http://127.0.0.1:${port}`;
      await eventually(() => fetch(`${api}/healthz`).then((r) => r.status, () => 0), (status) => status === 200);
      const response = await fetch(`${api}${MACHINES}/${ids[2]}/logs?follow=true`);
      await eventually(callsUnderWay, (n) => n === 1);
      const startedAt = Date.now();
      ending.child.kill('SIGTERM');
      expect(await response.text()).toBe('hello from n2\n');
      expect(await ending.ended).toBe(0);
      expect(Date.now() - startedAt).toBeLessThan(4_000);
      await eventually(callsUnderWay, (n) => n === 0);
    } finally {
      ending.child.kill('SIGKILL');
    }
  });
});

test('while no worker runs: 503, and the command is not carried out later', async () => {
  await worker.stop();
  const touched = `${worker.home}/touched`;
  const answer = await exec(ids[0]!, { argv: ['touch', touched], timeoutMs: 100 });
  expect(answer).toMatchObject({ status: 503, body: { code: expect.any(String), fix: expect.any(String) } });
  await eventually(callsUnderWay, (n) => n === 0);
  worker = await startControlWorker(grid, undefined, worker);
  expect((await exec(ids[0]!, { argv: ['test', '-e', touched] })).body.exit).toBe(1);
});
