import { audit } from '../support/audit';
import { startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, killNode, launch, order, queued, until, verb, read } from '../support/http';
import { putProduct } from '../support/product';

let grid: TestGrid;
beforeAll(async () => void (grid = await startGrid()));
afterEach(() => audit(grid));
afterAll(() => grid.end());

const PAAS = '/bigdata/api/v1';
const TEMPLATE = `{"nodes": {
  {%- for n in range(opts["size"]) %}{{ "," if n }} "db{{ n }}": {"cpu": 0.1, "mem": 16, "command": ["sleep", "1000"], "tags": ["db"], "host_tags": ["ssd"] {%- if opts["apart"] %}, "apart": ["db"] {%- endif %}} {% endfor -%}
}, "placement": {{ opts["placement"] | tojson }} }`;

test('tags of a host are those of its connector, and rules hold through scale and repair', async () => {
  const path = await putProduct(grid, 'rules', { template: TEMPLATE, options: { optional: { size: 1, apart: false, placement: 'pack' } } });
  const refused = await order(grid, path, {});
  expect([refused.status, refused.body.field, refused.body.message]).toEqual([400, 'nodes.db0.host_tags', expect.stringContaining('no host has tags')]);

  await ask(grid, 'PUT', '/api/v1/computes/tagged', { connector: grid.ground.connector({ tags: 'ssd,rack1' }) });
  expect((await read(grid, '/api/v1/computes/tagged')).capacity.hosts).toEqual([expect.objectContaining({ tags: ['ssd', 'rack1'] })]);
  const id = await launch(grid, `${path}?compute=tagged`, { size: 2 });
  const ready = await until(grid, id, (d) => d.state === 'ready');
  const cluster = `${PAAS}/clusters/${id.slice('cluster/'.length)}`;
  const { reservations } = await read(grid, '/api/v1/computes/tagged');
  expect(reservations[0].allocations[1]).toMatchObject({ node: 'db1', tags: ['db'], hostTags: ['ssd'] });

  const apart = await ask(grid, 'PATCH', cluster, { apart: true });
  expect([apart.status, apart.body.field, apart.body.message]).toEqual([400, 'nodes.db1.apart', expect.stringMatching(/: apart from db \(db0 is there\)$/)]);

  await queued(grid, (await ask(grid, 'PATCH', cluster, { placement: 'spread' })).body.url);
  const spread = await until(grid, id, (d) => d.operation === null && d.options.placement === 'spread');
  expect(spread.nodes.map((n) => n.machine)).toEqual(ready.nodes.map((n) => n.machine));

  await killNode(grid, id, 'db0');
  await until(grid, id, (d) => d.conditions.some((c) => c.type === 'Degraded'));
  await verb(grid, id, 'repair');
  const repaired = await until(grid, id, (d) => d.state === 'ready' && d.operation === null && d.nodes[0]!.generation === 2);
  expect(repaired.nodes.map((n) => [n.host, n.address])).toEqual(ready.nodes.map((n) => [n.host, n.address]));
  await destroyed(grid, id);
});
