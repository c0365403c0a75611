import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort, startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, order, queued } from '../support/http';
import { samplesOf, valueOf, type Sample } from '../support/metrics';
import { idle } from '../support/product';
import { eventually } from '../api/support/api_under_test';

const PAAS = '/bigdata/api/v1';
let grid: TestGrid;
let receiver: Server;
let metrics: string;

beforeAll(async () => {
  const port = await freePort();
  metrics = `http://127.0.0.1:${port}`;
  receiver = createServer((_request, response) => void response.end()).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  grid = await startGrid({ env: { GRID_METRICS: `127.0.0.1:${port}`, GRID_LOG_LEVEL: 'info', WEBHOOK_SECRET: 'made-by-a-test' } });
});
afterAll(async () => {
  await grid.end();
  receiver.close();
});

const scrape = async (): Promise<Sample[]> => samplesOf(await (await fetch(`${metrics}/metrics`)).text());

test('a control worker tells what Temporal counts of it, what its activities count, and what Node does; each name once, in the units of the field', async () => {
  await ask(grid, 'PUT', '/api/v1/webhooks/told', { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, secret: 'env:WEBHOOK_SECRET' });
  await ask(grid, 'POST', `${PAAS}/products`, { name: 'idle', version: '1', description: 'made by a test' });
  const samples = await eventually(scrape, (seen) => (valueOf(seen, 'grid_webhook_deliveries_total', { webhook: 'told', outcome: 'taken' }) ?? 0) > 0, 60_000);
  expect(valueOf(samples, 'grid_build_info', { process: 'control' })).toBe(1);
  expect(valueOf(samples, 'process_resident_memory_bytes')).toBeGreaterThan(1e7);
  for (const name of ['temporal_worker_task_slots_available', 'temporal_worker_task_slots_used', 'temporal_num_pollers', 'temporal_sticky_cache_size', 'temporal_workflow_task_schedule_to_start_latency_seconds_count', 'temporal_activity_execution_latency_seconds_count', 'temporal_request_total']) {
    expect([name, valueOf(samples, name)]).toEqual([name, expect.any(Number)]);
  }
  expect(samples.filter(({ name }) => /milliseconds/.test(name))).toEqual([]);
  const types = (await (await fetch(`${metrics}/metrics`)).text()).split('\n').filter((line) => line.startsWith('# TYPE '));
  expect(types).toHaveLength(new Set(types).size);
});

test('nothing else is there', async () => {
  expect((await fetch(`${metrics}/`)).status).toBe(404);
  const posted = await fetch(`${metrics}/metrics`, { method: 'POST' });
  expect([posted.status, posted.headers.get('allow'), await posted.json()]).toEqual([405, 'GET, HEAD', expect.objectContaining({ code: 'method_not_allowed', fix: expect.any(String) })]);
});

test('a worker logs lines of JSON, each with the lifecycle that it is about', async () => {
  await ask(grid, 'PUT', `${PAAS}/products/idle/1/template`, idle(1));
  await ask(grid, 'PUT', `${PAAS}/products/idle/1/orchestrator`, '#!/bin/sh\nexit 3\n');
  const cluster = await queued(grid, (await order(grid, 'idle/1', {})).body.url);
  const lines = () => readFileSync(join(grid.home, 'logs/control.log'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  const said = await eventually(async () => lines(), (all) => all.some(({ lifecycle }) => lifecycle === cluster), 60_000);
  expect(said.filter(({ process: kind, pid, level, time }) => kind !== 'control' || typeof pid !== 'number' || typeof level !== 'number' || typeof time !== 'number')).toEqual([]);
  expect(said.find(({ lifecycle }) => lifecycle === cluster)).toMatchObject({ activity: expect.any(String), attempt: 1, msg: expect.any(String) });
  expect(said.filter((line) => 'taskToken' in line)).toEqual([]);
  await destroyed(grid, cluster);
});
