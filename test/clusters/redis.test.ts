import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ClusterDocument } from '../../model/cluster_views';
import { audit } from '../support/audit';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { destroyed, killNode, launch, until, verb } from '../support/http';
import { describeOn } from '../support/machine_ground';
import { describeNeeding } from '../support/parts';

async function redis(address: string, line: string): Promise<string> {
  const socket = connect(6379, address);
  socket.end(`${line}\r\nQUIT\r\n`);
  return text(socket);
}

const everywhere = async ({ nodes }: ClusterDocument, key: string) =>
  (await Promise.all(nodes.map((node) => redis(node.address, `GET ${key}`)))).map((answer) => answer.split('\r\n')[1]);

const linkTo = (dir: string, program: string) =>
  symlinkSync(process.env['PATH']!.split(delimiter).map((d) => join(d, program)).find((path) => existsSync(path))!, join(dir, program));

describeNeeding(['redis-server'], 'redis on the whole grid', () => {
  let grid: TestGrid;
  let bin: string;

  beforeAll(async () => {
    // A machine without redis-server: nothing is on its PATH but a shell, tar and Node, which is said to live there.
    bin = mkdtempSync(join(tmpdir(), 'grid-bin-'));
    for (const program of ['sh', 'tar', 'node']) linkTo(bin, program);
    const preload = join(bin, 'node_is_here.cjs');
    writeFileSync(preload, `process.execPath = ${JSON.stringify(join(bin, 'node'))};\n`);
    grid = await startGrid({ preload, env: { PATH: [dirname(process.env['GRID_TEST_TEMPORAL_BIN']!), bin].join(delimiter) } });
  });
  afterEach(() => audit(grid));
  afterAll(async () => {
    await grid.end();
    rmSync(bin, { recursive: true });
  });

  describeOn(['process'], 'what a program of a machine is installed with is known for this host alone', 'where it is missing', () => {
    it('is blocked with what to install, and goes on after it was installed', async () => {
      const id = await launch(grid, 'redis/1.0.0', { replicas: 2 });
      const blocked = await until(grid, id, (d) => d.conditions.some((c) => c.type === 'Blocked'));
      const { lastError } = blocked.steps.find((step) => step.state === 'blocked')!;
      expect(lastError!.message).toContain('redis-server is not installed: apt-get install redis-server');

      linkTo(bin, 'redis-server');
      expect((await verb(grid, id, 'retry', { reason: 'installed' })).status).toBe(200);
      const ready = await until(grid, id, (d) => d.state === 'ready');
      expect(ready.nodes.map((node) => node.generation)).toEqual([1, 1, 1]);
      await destroyed(grid, id);
    });
  });

  it('loses nothing with its primary', async () => {
    const id = await launch(grid, 'redis/1.0.0', { replicas: 2 });
    const ready = await until(grid, id, (d) => d.state === 'ready');
    expect(ready.roles.map(({ name, status }) => [name, status])).toEqual([['primary', 'running'], ['replica', 'running']]);
    await redis(ready.nodes[0]!.address, 'SET color blue');
    while ((await everywhere(ready, 'color')).some((value) => value !== 'blue')) await new Promise(setImmediate);
    await killNode(grid, id, 'redis0');
    await until(grid, id, (d) => d.conditions.some((c) => c.type === 'Degraded'));
    expect((await verb(grid, id, 'repair')).status).toBe(200);
    const whole = await until(grid, id, (d) => d.state === 'ready' && d.operation === null && d.conditions.length === 0);
    expect(whole.nodes.map((node) => node.generation)).toEqual([2, 1, 1]);
    expect(await everywhere(whole, 'color')).toEqual(['blue', 'blue', 'blue']);

    await destroyed(grid, id);
    expect(labelled(grid.home)).toEqual([]);
  });
});
