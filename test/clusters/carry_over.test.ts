import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { audit } from '../support/audit';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, givenBack, launch, machinesOf, until, read } from '../support/http';
import { idle, putProduct } from '../support/product';
import { withTemporal } from '../support/temporal';
import { startTemporal, type TestServer } from '../support/temporal_server';

/**
 * A server that asks for continue-as-new after 60 events instead of thousands: every lifecycle goes through many runs,
 * and nobody notices.
 */
const PAAS = '/bigdata/api/v1';
let server: TestServer;
let grid: TestGrid;

beforeAll(async () => {
  server = await startTemporal(process.env.GRID_TEST_TEMPORAL_BIN!, { continueAsNewAfter: 60 });
  grid = await startGrid({ env: { TEMPORAL_ADDRESS: server.address } });
  await putProduct(grid, 'stuck', { template: idle(2), script: `#!/bin/sh\ntest -f ${grid.home}/mended-\${CLUSTERDN##*/} || { echo no licence; exit 7; }\n` });
});
afterAll(async () => {
  await grid?.end();
  await server?.end();
});

afterEach(() => audit(grid));

const command = (id: string, verb: string, key: string) => ask(grid, 'POST', `/api/v1/lifecycles/${id}/${verb}`, { reason: key }, { 'idempotency-key': key });
const runsOf = (id: string) =>
  withTemporal(grid, async ({ workflow }) => {
    const runs = [];
    for await (const run of workflow.list({ query: `WorkflowId = '${id}'` })) runs.push(run);
    return runs;
  });

async function stuck(): Promise<string> {
  const id = await launch(grid, 'stuck/1', {});
  await until(grid, id, (d) => d.conditions.some((c) => c.type === 'Blocked'));
  return id;
}

/** A hundred commands that come to nothing, one after the other. */
async function pauseAndResume(id: string): Promise<void> {
  for (let i = 0; i < 50; i++) {
    for (const verb of ['pause', 'resume']) {
      const { status, body } = await command(id, verb, `${verb}-${i}`);
      expect([status, body]).toMatchObject([200, { id, state: 'configuring' }]);
    }
  }
}

test('a blocked cluster takes a hundred commands over many runs: state, timeline, commands seen and undo are carried over', async () => {
  const id = await stuck();
  const before = await until(grid, id, () => true);
  await pauseAndResume(id);
  expect((await runsOf(id)).length).toBeGreaterThan(3);

  // Sent before, sent again: the very first pause, in a run that is long over.
  expect((await command(id, 'pause', 'pause-0')).status).toBe(200);
  const after = await until(grid, id, () => true);
  expect(after).toMatchObject({
    state: before.state, status: before.status, paused: false, steps: before.steps, nodes: before.nodes, roles: before.roles,
    operation: before.operation, conditions: before.conditions, createdAt: before.createdAt, options: before.options,
  });
  expect(after.timeline.slice(0, before.timeline.length)).toEqual(before.timeline);
  const said = after.timeline.slice(before.timeline.length).map((t) => t.because);
  expect(said).toEqual(Array.from({ length: 50 }, (_, i) => [`pause: pause-${i}`, `resume: resume-${i}`]).flat());
  expect(after.revision).toBeGreaterThanOrEqual(before.revision + 100);

  writeFileSync(join(grid.home, `mended-${id.split('/').at(-1)}`), '');
  expect((await command(id, 'retry', 'retry')).status).toBe(200);
  const ready = await until(grid, id, (d) => d.state === 'ready' && d.operation === null);
  expect(ready.steps.find((s) => s.name === 'configure')).toMatchObject({ state: 'done', attempt: 2 });
  expect((await command(id, 'retry', 'retry')).status).toBe(200);
  await destroyed(grid, id);
  expect(labelled(grid.home)).toEqual([]);
});

test('an abort after all that still knows what to take back', async () => {
  const id = await stuck();
  await pauseAndResume(id);
  expect((await runsOf(id)).length).toBeGreaterThan(3);
  expect((await command(id, 'abort', 'abort')).status).toBe(200);
  const after = await until(grid, id, (d) => d.state === 'destroyed');
  expect(after.steps.map((s) => [s.name, s.state])).toEqual([['place', 'undone'], ['start_machines', 'undone'], ['configure', 'failed'], ['await_ready', 'pending']]);
  expect(labelled(grid.home)).toEqual([]);
  await givenBack(grid);
});

test('lists show a lifecycle once, by its last run, and the Temporal UI still says how it stands', async () => {
  const id = await stuck();
  await pauseAndResume(id);
  const { clusters } = await read(grid, `${PAAS}/clusters/test/stuck/1`);
  expect(clusters.filter((c: { uri: string }) => c.uri === id.replace('cluster/', 'clusters/'))).toHaveLength(1);
  const { lifecycles } = await read(grid, '/api/v1/lifecycles?kind=cluster&blocked=true');
  expect(lifecycles.map((l: { id: string }) => l.id)).toEqual([id]);
  await withTemporal(grid, async ({ workflow }) => {
    const { currentDetails } = await workflow.getHandle(id).query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toMatch(/■ configure \| blocked \| 1 \| .*no licence/);
  });
  await destroyed(grid, id);
});

test('a product goes on counting, a compute goes on reserving and watching', async () => {
  const url = `${PAAS}/products/stuck/1/logo_url`;
  for (let i = 0; i < 30; i++) expect((await ask(grid, 'PUT', url, { logo_url: `http://example.org/${i}.png` })).status).toBe(204);
  expect((await runsOf('product/stuck/1')).length).toBeGreaterThan(1);
  expect(await read(grid, url)).toEqual({ logo_url: 'http://example.org/29.png' });

  const held = await launch(grid, 'reference/1.0.0', { size: 2 });
  const before = await until(grid, held, (d) => d.state === 'ready');
  const compute = `compute/${grid.ground.compute}`;
  const runs = (await runsOf(compute)).length;
  const numbers = [];
  while ((await runsOf(compute)).length === runs) {
    const id = await launch(grid, 'reference/1.0.0', { size: 1 });
    numbers.push(Number(id.split('/').at(-1)));
    await until(grid, id, (d) => d.state === 'ready');
    await destroyed(grid, id);
  }
  expect(numbers).toEqual(numbers.map((_, i) => 2 + i));
  const { reservations } = await read(grid, `/api/v1/lifecycles/${compute}`);
  expect(reservations.map((r: { owner: string }) => r.owner)).toEqual([held]);

  const machines = await machinesOf(grid, held);
  expect(machines.map((m) => m.id).sort()).toEqual(before.nodes.map((n) => n.machine).sort());
  await grid.ground.kill(machines[0]!);
  await until(grid, held, (d) => d.conditions.some((c) => c.type === 'Degraded'), 10_000);
  await destroyed(grid, held);
  expect(labelled(grid.home)).toEqual([]);
});
