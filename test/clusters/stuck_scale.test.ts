import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterDocument } from '../../model/cluster_views';
import type { ComputeDocument } from '../../model/messages';
import { audit } from '../support/audit';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, killNode, launch, machinesOf, queued, until, verb } from '../support/http';
import { putProduct } from '../support/product';

/** A cluster that was ready and is stuck on its way to another size: back to what it was, or on to what it shall be. */
const PAAS = '/bigdata/api/v1';
const TEMPLATE = '{"nodes": { {%- for n in range(opts["size"]) %}{{ "," if n }} "n{{ n }}": {"cpu": 0.1, "mem": {{ opts["mem"] }}, "command": ["sleep", "1000"], "networks": {"eth0": {"networkname": "admin"}}} {% endfor -%} } }';
let grid: TestGrid;
let mended: string;
let id: string;
let two: ClusterDocument;

beforeAll(async () => {
  grid = await startGrid();
  mended = join(grid.home, 'mended');
  const script = `#!/bin/sh\n[ "$(grep -o '"machine"' "$GRID_NODES" | wc -l)" = 2 ] && ! grep -q 32 "$GRID_OPTIONS" || test -f ${mended} || { echo only two; exit 7; }\n`;
  await putProduct(grid, 'sized', { template: TEMPLATE, options: { optional: { size: 2, mem: 16 } }, script });
});
beforeEach(async () => {
  rmSync(mended, { force: true });
  id = await launch(grid, 'sized/1', {});
  two = await whole();
});
afterEach(async () => {
  await destroyed(grid, id);
  expect(labelled(grid.home)).toEqual([]);
  expect((await compute()).reservations).toEqual([]);
  await audit(grid);
});
afterAll(() => grid.end());

const compute = async () => (await until(grid, `compute/${grid.ground.compute}`, () => true)) as unknown as ComputeDocument;
const whole = () => until(grid, id, (d) => d.state === 'ready' && d.operation === null);
const named = (d: ClusterDocument) => d.nodes.map((n) => [n.name, n.status, n.address]);
const running = async (): Promise<string[]> =>
  (await machinesOf(grid, id)).filter((m) => m.state === 'running').map((m) => m.id).sort();

async function stuckAt(options: object): Promise<ClusterDocument> {
  const order = await ask(grid, 'PATCH', `${PAAS}/clusters/${id.slice('cluster/'.length)}`, options);
  await queued(grid, order.body.url);
  return until(grid, id, (d) => d.conditions.some((c) => c.type === 'Blocked') && d.operation?.kind === 'scale');
}

async function expectHolds(document: ClusterDocument): Promise<void> {
  expect(await running()).toEqual(document.nodes.map((n) => n.machine).sort());
  const [reservation] = (await compute()).reservations;
  expect(reservation!.allocations.map((a) => a.node).sort()).toEqual(document.nodes.map((n) => n.name).sort());
}

test('larger, stuck, aborted: the nodes that were there run on, the new ones are gone with all they held', async () => {
  await stuckAt({ size: 4 });
  expect((await verb(grid, id, 'abort', { reason: 'not today' })).status).toBe(200);
  const after = await whole();
  expect(after.nodes).toEqual(two.nodes);
  expect(after.options).toEqual(two.options);
  expect(after.conditions.map((c) => c.type)).toEqual(['Aborted']);
  await expectHolds(after);
  expect(after.operations.at(-1)).toMatchObject({ kind: 'scale', outcome: 'aborted' });
});

test('smaller, stuck, aborted: what was taken away is missed, and repair brings it back', async () => {
  await stuckAt({ size: 1 });
  await verb(grid, id, 'abort');
  const after = await whole();
  expect(after.conditions.map((c) => c.type).sort()).toEqual(['Aborted', 'Degraded']);
  expect(named(after)[0]).toEqual(named(two)[0]);
  await verb(grid, id, 'repair');
  const again = await until(grid, id, (d) => d.operation === null && d.conditions.length === 0);
  expect(again.nodes.map((n) => [n.name, n.status])).toEqual([['n0', 'running'], ['n1', 'running']]);
  expect(again.nodes[0]!.machine).toBe(two.nodes[0]!.machine);
  await expectHolds(again);
});

test('other nodes, stuck, aborted: the old ones are missed, and repair brings them back as they were', async () => {
  await stuckAt({ mem: 32 });
  await verb(grid, id, 'abort');
  const after = await whole();
  expect(after.conditions.map((c) => c.type).sort()).toEqual(['Aborted', 'Degraded']);
  await verb(grid, id, 'repair');
  const again = await until(grid, id, (d) => d.operation === null && d.conditions.length === 0);
  expect(again.nodes.map((n) => [n.name, n.status, n.mem])).toEqual([['n0', 'running', 16], ['n1', 'running', 16]]);
  await expectHolds(again);
});

test('stuck, then retried: it goes on to the new size', async () => {
  const stuck = await stuckAt({ size: 3 });
  expect(stuck.steps.find((s) => s.name === 'configure')).toMatchObject({ state: 'blocked', lastError: { message: expect.stringContaining('only two') } });
  writeFileSync(mended, '');
  await verb(grid, id, 'retry');
  const three = await whole();
  expect([three.nodes.length, three.options]).toEqual([3, { size: 3, mem: 16 }]);
  expect(three.nodes.slice(0, 2)).toEqual(two.nodes);
  await expectHolds(three);
});

test('stuck, and a node dies meanwhile: repair replaces it and goes on with the scale', async () => {
  await stuckAt({ size: 3 });
  await killNode(grid, id, 'n0');
  await until(grid, id, (d) => d.conditions.some((c) => c.type === 'Degraded'));
  writeFileSync(mended, '');
  expect((await verb(grid, id, 'repair')).status).toBe(200);
  const three = await until(grid, id, (d) => d.state === 'ready' && d.operation === null && d.conditions.length === 0);
  expect(three.nodes.map((n) => [n.name, n.generation])).toEqual([['n0', 2], ['n1', 1], ['n2', 1]]);
  await expectHolds(three);
});

test('stuck, then destroyed: nothing is left', async () => {
  await stuckAt({ size: 4 });
  await destroyed(grid, id);
  expect(await running()).toEqual([]);
});
