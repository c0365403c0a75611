/**
 * `npm run record-histories`: lives through the life of some clusters on a grid of its own and keeps the history of every
 * workflow, for test/replay. Names of this host and its processes do not stay in them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { build } from '../../workers/build.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const PAAS = '/bigdata/api/v1';

async function live() {
  const script = `#!/bin/sh\ntest -f ${home}/mended\n`;
  await ask('POST', `${PAAS}/products`, { name: 'stuck', version: '1', description: 'its script fails until it is mended' });
  await ask('PUT', `${PAAS}/products/stuck/1/template`, { nodes: { a: { cpu: 0.1, mem: 16, command: ['sleep', '1000'] } }, services: { r: {} } });
  await ask('PUT', `${PAAS}/products/stuck/1/orquestrator`, script);
  await ask('POST', `${PAAS}/products/reference/1.0.0`, { size: 'many' });
  await scaledAndRepaired(await launch('reference/1.0.0', { size: 2 }));
  const aborted = await launch('stuck/1', {});
  await until(aborted, blocked);
  await verb(aborted, 'abort');
  const mended = await launch('stuck/1', {});
  await until(mended, blocked);
  await verb(mended, 'pause');
  await verb(mended, 'resume');
  writeFileSync(join(home, 'mended'), '');
  await verb(mended, 'retry');
  await until(mended, isReady);
  for (const id of [aborted, mended]) await gone(id);
}

async function scaledAndRepaired(id) {
  await until(id, isReady);
  await ask('PATCH', `${PAAS}/clusters/${id.slice('cluster/'.length)}`, { size: 3 });
  await until(id, (d) => isReady(d) && d.nodes.length === 3);
  const { machines } = await ask('GET', `/api/v1/machines?owner=${encodeURIComponent(id)}`);
  process.kill(-machines[0].ref.pgid, 'SIGKILL');
  await until(id, (d) => d.conditions.some((c) => c.type === 'Degraded'));
  await verb(id, 'repair');
  await until(id, (d) => isReady(d) && d.nodes.some((n) => n.generation === 2));
  await gone(id);
}

/** One file for each workflow that differs in what it went through. */
async function keepAll() {
  const { temporalAddress: address, namespace } = JSON.parse(readFileSync(join(home, 'grid.json'), 'utf8'));
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  for (const old of readdirSync(here).filter((f) => f.endsWith('.json'))) rmSync(join(here, old));
  const counts = {};
  for await (const { workflowId, runId, type } of client.workflow.list()) {
    counts[type] = (counts[type] ?? 0) + 1;
    if (counts[type] > 4) continue;
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    writeFileSync(join(here, `${type}.${counts[type]}.json`), anonymous(JSON.stringify(JSON.parse(historyToJSON(history)))));
  }
  console.log(counts);
  await connection.close();
}

/** Payloads are base64: a host's name within them is replaced by one that says what it is. */
function anonymous(text) {
  return text.replace(/"data":"([A-Za-z0-9+/=]+)"/g, (_, data) => `"data":"${Buffer.from(plain(Buffer.from(data, 'base64').toString())).toString('base64')}"`)
    .replace(/"identity":"[^"]*"/g, '"identity":"recorded"').replaceAll(home, '/home/grid');
}

const plain = (text) => text.replaceAll(home, '/home/grid').replaceAll(`"${hostname()}"`, '"host1"');

const isReady = (d) => d.state === 'ready' && d.operation === null;
const blocked = (d) => d.conditions.some((c) => c.type === 'Blocked');
const verb = (id, name) => ask('POST', `/api/v1/lifecycles/${id}/${name}`, {});
async function gone(id) {
  await verb(id, 'destroy');
  await until(id, (d) => d.state === 'destroyed');
}

async function launch(product, options) {
  const { url } = await ask('POST', `${PAAS}/products/${product}`, options);
  for (;;) {
    const response = await fetch(url, { redirect: 'manual' });
    const at = response.headers.get('location');
    if (at) return `cluster/${new URL(at, url).pathname.split('/clusters/')[1]}`;
    await sleep(50);
  }
}

async function until(id, when) {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    const document = await ask('GET', `/api/v1/lifecycles/${id}`);
    if (document.conditions && when(document)) return;
  }
  throw new Error(`${id} did not get there`);
}

async function ready() {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100)) {
    const host = await ask('GET', '/api/v1/lifecycles/compute/host').catch(() => undefined);
    if (host?.state === 'ready') return;
  }
  throw new Error('the grid did not come up');
}

async function ask(method, path, body) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`http://${listen}${path}`, { method, body: text, headers: { 'content-type': 'application/json' } });
  const answer = await response.text();
  return answer.startsWith('{') ? JSON.parse(answer) : answer;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address();
  server.close();
  return free;
}

await build();
const home = mkdtempSync(join(tmpdir(), 'grid-record-'));
const [listen, port] = [`127.0.0.1:${await freePort()}`, await freePort()];
const env = { ...process.env, GRID_HOME: home, LISTEN: listen, GRID_API: `http://${listen}`, GRID_TEMPORAL_PORT: String(port) };
const grid = spawn(process.execPath, [join(here, '../../dist/grid.js'), 'up'], { env, stdio: 'ignore' });
try {
  await ready();
  await live();
  await keepAll();
} finally {
  grid.kill('SIGTERM');
  await once(grid, 'exit');
  rmSync(home, { recursive: true, force: true });
}
