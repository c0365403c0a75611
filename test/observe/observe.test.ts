import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort, startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, order, queued } from '../support/http';
import { samplesOf, valueOf, type Sample } from '../support/metrics';
import { idle } from '../support/product';
import { eventually } from '../api/support/api_under_test';

const PAAS = '/bigdata/api/v1';
let grid: TestGrid;
let receiver: Server;
/** Takes traces. */
let collector: Server;
const spans: Span[] = [];
let metrics: string;

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: number | string } }[];
}

interface Traces {
  resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
}

const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  const port = await freePort();
  metrics = `http://127.0.0.1:${port}`;
  receiver = createServer((_request, response) => void response.end()).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  collector = createServer(async (request, response) => {
    spans.push(...(JSON.parse(await text(request)) as Traces).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((one) => one.spans)));
    response.setHeader('content-type', 'application/json').end('{}');
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: addressOf(collector), OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_BSP_SCHEDULE_DELAY: '200' };
  grid = await startGrid({ env: { GRID_METRICS: `127.0.0.1:${port}`, GRID_LOG_LEVEL: 'info', WEBHOOK_SECRET: 'made-by-a-test', ...traced } });
});
afterAll(async () => {
  await grid.end();
  receiver.close();
  collector.close();
});

const scrape = async (): Promise<Sample[]> => samplesOf(await (await fetch(`${metrics}/metrics`)).text());

test('a control worker tells what Temporal counts of it, what its activities count, and what Node does; each name once, in the units of the field', async () => {
  await ask(grid, 'PUT', '/api/v1/webhooks/told', { url: `${addressOf(receiver)}/`, secret: 'env:WEBHOOK_SECRET' });
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

test('the API tells which processes there are, and what requests of them it answered', async () => {
  const samples = await eventually(async () => samplesOf((await ask(grid, 'GET', '/metrics')).body), (seen) => valueOf(seen, 'grid_members', { kind: 'control', status: 'running' }) === 1 && valueOf(seen, 'grid_members', { kind: 'api', status: 'running' }) === 1, 60_000);
  expect(valueOf(samples, 'grid_http_requests_total', { method: 'GET', route: '/api/v1/lifecycles/{id}', status: '200' })).toBeGreaterThan(0);
});

test('nothing else is there', async () => {
  expect((await fetch(`${metrics}/`)).status).toBe(404);
  const posted = await fetch(`${metrics}/metrics`, { method: 'POST' });
  expect([posted.status, posted.headers.get('allow'), await posted.json()]).toEqual([405, 'GET, HEAD', expect.objectContaining({ code: 'method_not_allowed', fix: expect.any(String) })]);
});

const logged = (name: string) => readFileSync(join(grid.home, `logs/${name}.log`), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);

test('a worker logs lines of JSON, each with the lifecycle that it is about', async () => {
  await ask(grid, 'PUT', `${PAAS}/products/idle/1/template`, idle(1));
  await ask(grid, 'PUT', `${PAAS}/products/idle/1/orchestrator`, '#!/bin/sh\nexit 3\n');
  const cluster = await queued(grid, (await order(grid, 'idle/1', {})).body.url);
  const said = await eventually(async () => logged('control'), (all) => all.some(({ lifecycle }) => lifecycle === cluster), 60_000);
  expect(said.filter(({ process: kind, pid, level, time }) => kind !== 'control' || typeof pid !== 'number' || typeof level !== 'number' || typeof time !== 'number')).toEqual([]);
  expect(said.find(({ lifecycle }) => lifecycle === cluster)).toMatchObject({ activity: expect.any(String), attempt: 1, msg: expect.any(String) });
  expect(said.filter((line) => 'taskToken' in line)).toEqual([]);
  await destroyed(grid, cluster);
});

test('a request is part of the trace of whoever asked, and so is every activity that it leads to, in whichever lifecycle', async () => {
  await ask(grid, 'POST', `${PAAS}/products`, { name: 'idle', version: '2', description: 'made by a test' });
  await ask(grid, 'PUT', `${PAAS}/products/idle/2/template`, idle(1));
  const [traceId, asker] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  const ordered = await order(grid, 'idle/2', {}, { traceparent: `00-${traceId}-${asker}-01` });
  const cluster = await queued(grid, ordered.body.url);
  const found = await eventually(async () => spans.filter((one) => one.traceId === traceId), (all) => all.some(({ name }) => name === 'startMachines'), 60_000);
  const request = found.find(({ parentSpanId }) => parentSpanId === asker)!;
  expect(request.name).toBe('POST /bigdata/api/v1/products/{product}/{version}');
  expect(aboutOf(request)).toMatchObject({ 'http.request.method': 'POST', 'http.response.status_code': 202, 'grid.caller': 'test' });
  const activities = found.filter(({ parentSpanId }) => parentSpanId === request.spanId).map((one) => [one.name, aboutOf(one)['grid.lifecycle'], Number(aboutOf(one)['grid.attempt']) > 0]);
  expect(activities).toEqual(expect.arrayContaining([['checkOrder', expect.stringMatching(/^launch\//), true], ['startMachines', cluster, true]]));
  expect(logged('api').find((line) => line['traceId'] === traceId)).toMatchObject({ method: 'POST', status: 202 });
  expect(spans.filter(({ name }) => /watchMachines|beginLease|hearChanges|metrics|readyz/.test(name))).toEqual([]);
  await destroyed(grid, cluster);
});

const aboutOf = ({ attributes }: Span): Record<string, string | number | undefined> => Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));
