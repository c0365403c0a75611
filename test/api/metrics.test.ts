import { ask } from '../support/http';
import { samplesOf, valueOf, type Sample } from '../support/metrics';
import { idle } from '../support/product';
import { eventually, makeNamespace, raw, startApi, type ApiUnderTest } from './support/api_under_test';
import { startControlWorker, type ControlWorker } from './support/control_worker';

const PAAS = '/bigdata/api/v1';
let grid: ApiUnderTest;
let worker: ControlWorker;

beforeAll(async () => {
  grid = await startApi();
  await makeNamespace(grid);
  worker = await startControlWorker(grid);
  await worker.defineHost();
});
afterAll(async () => {
  await worker.end();
  await grid.end();
});

const scrape = async (): Promise<Sample[]> => samplesOf((await ask(grid, 'GET', '/metrics')).body);
const scrapedUntil = (is: (samples: Sample[]) => boolean) => eventually(scrape, is, 60_000);

test('are in the text of Prometheus: what Node tells, which version this is, and that all is well', async () => {
  const { status, headers, body } = await ask(grid, 'GET', '/metrics');
  expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds']) expect(body).toContain(`\n# TYPE ${name} `);
  const samples = await scrapedUntil((seen) => valueOf(seen, 'grid_control_worker_up') === 1);
  expect([valueOf(samples, 'grid_temporal_up'), valueOf(samples, 'grid_build_info', { process: 'api' })]).toEqual([1, 1]);
  expect(valueOf(samples, 'grid_queue_backlog_tasks', { type: 'workflow' })).toEqual(expect.any(Number));
  expect(valueOf(samples, 'grid_queue_backlog_age_seconds', { type: 'activity' })).toEqual(expect.any(Number));
});

test('count requests by the route that took them, never by what callers write', async () => {
  await ask(grid, 'GET', '/api/v1/computes/host');
  await ask(grid, 'GET', '/api/v1/computes/none-of-these');
  await raw(grid.api, 'GET', '/nowhere/at-all');
  await raw(grid.api, 'PROPFIND', '/healthz');
  const samples = await scrape();
  const requests = (labels: Record<string, string>) => valueOf(samples, 'grid_http_requests_total', labels);
  expect(requests({ method: 'GET', route: '/api/v1/computes/{name}', status: '200' })).toBe(1);
  expect(requests({ method: 'GET', route: '/api/v1/computes/{name}', status: '404' })).toBe(1);
  expect(requests({ method: 'GET', route: 'none', status: '404' })).toBe(1);
  expect(requests({ method: 'other', status: '405' })).toBe(1);
  expect(valueOf(samples, 'grid_http_request_duration_seconds_count', { method: 'GET', route: '/api/v1/computes/{name}' })).toBe(2);
  expect(samples.flatMap(({ labels }) => Object.values(labels)).filter((text) => /none-of-these|at-all|PROPFIND/.test(text))).toEqual([]);
});

test('count streams of events as long as they are open', async () => {
  const reader = new AbortController();
  const { body } = await fetch(`${grid.api}/api/v1/events`, { signal: reader.signal });
  await body!.getReader().read();
  expect(valueOf(await scrape(), 'grid_event_streams')).toBe(1);
  reader.abort();
  await scrapedUntil((seen) => valueOf(seen, 'grid_event_streams') === 0);
});

test('say what lives and in which state, why steps are blocked, what computes have; and follow it until it is gone', async () => {
  const before = await scrape();
  expect(valueOf(before, 'grid_compute_cpu_cores', { compute: 'host' })).toBeGreaterThan(0);
  expect(valueOf(before, 'grid_lifecycles', { kind: 'compute', state: 'ready' })).toBe(1);
  await ask(grid, 'POST', `${PAAS}/products`, { name: 'idle', version: '1', description: 'made by a test' });
  await ask(grid, 'PUT', `${PAAS}/products/idle/1/template`, idle(2));
  await ask(grid, 'PUT', `${PAAS}/products/idle/1/orchestrator`, '#!/bin/sh\nexit 3\n');
  await ask(grid, 'POST', `${PAAS}/products/idle/1`, {});
  const stuck = await scrapedUntil((seen) => valueOf(seen, 'grid_blocked_steps', { kind: 'cluster', reason: 'script_failed' }) === 1);
  expect(valueOf(stuck, 'grid_lifecycle_conditions', { kind: 'cluster', condition: 'Blocked' })).toBe(1);
  expect(valueOf(stuck, 'grid_compute_machines', { compute: 'host' })).toBe(2);
  expect(valueOf(stuck, 'grid_compute_memory_reserved_bytes', { compute: 'host' })).toBeGreaterThanOrEqual(2 * 2 ** 20);
  await ask(grid, 'POST', '/api/v1/lifecycles/cluster/test/idle/1/1/destroy', {});
  const gone = await scrapedUntil((seen) => valueOf(seen, 'grid_compute_machines', { compute: 'host' }) === 0 && !seen.some(({ name, labels }) => name === 'grid_lifecycles' && labels['kind'] === 'cluster'));
  expect(gone.filter(({ name }) => name === 'grid_blocked_steps')).toEqual([]);
});

test('without a control worker they say that, and count what lives all the same', async () => {
  await worker.stop();
  const samples = await scrapedUntil((seen) => valueOf(seen, 'grid_control_worker_up') === 0);
  expect([valueOf(samples, 'grid_temporal_up'), valueOf(samples, 'grid_lifecycles', { kind: 'compute', state: 'ready' })]).toEqual([1, 1]);
});
