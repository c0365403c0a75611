import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../config';
import { startGrid, type TestGrid } from '../support/grid';
import { destroyed, launch, order, queued, until, untilConfirmed, verb } from '../support/http';
import { NAMESPACE, temporalAddress, withTemporal } from '../support/temporal';
import { unreplayable } from '../support/replayed';

/** Builds of control workers side by side, of which one has the lifecycles; each is a tree of its own, as an upgrade has it. */
const DEPLOYMENT = 'grid';
/** Ten processes are begun, one after the other. */
const BUILDS_MS = 300_000;
let grid: TestGrid;
let trees: string;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  trees = mkdtempSync(join(tmpdir(), 'grid-test-'));
  grid = await startGrid({ env: { GRID_DEPLOYMENT: DEPLOYMENT } });
});
afterAll(async () => {
  await Promise.all(workers.map(async (worker) => {
    worker.kill('SIGKILL');
    if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
  }));
  await grid.end();
  rmSync(trees, { recursive: true, force: true });
});

const environment = () => ({ ...grid.env, TEMPORAL_ADDRESS: temporalAddress(grid), TEMPORAL_NAMESPACE: NAMESPACE, GRID_DEPLOYMENT: DEPLOYMENT });

/** A tree whose workflows are a little other than those of this one, and a control worker of it. */
function otherBuild(name: string, change: (code: string) => string): { build: string; promote: (...args: string[]) => Promise<string> } {
  const root = join(trees, name);
  const dist = join(root, 'dist');
  cpSync(join(projectRoot(), 'dist'), dist, { recursive: true });
  for (const shared of ['package.json', 'node_modules', 'catalog']) symlinkSync(join(projectRoot(), shared), join(root, shared));
  writeFileSync(join(dist, 'workflow-bundle.js'), change(readFileSync(join(dist, 'workflow-bundle.js'), 'utf8')));
  const stamp = JSON.parse(readFileSync(join(dist, '.workflows.json'), 'utf8')) as { sources: string };
  writeFileSync(join(dist, '.workflows.json'), JSON.stringify({ ...stamp, sources: Buffer.from(name.padEnd(6, '-')).toString('hex') }));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  workers.push(spawn(process.execPath, [join(dist, 'control.js')], { env: environment(), stdio: 'ignore' }));
  const promote = (...args: string[]) => new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [join(dist, 'promote.js'), ...args], { env: environment() }, (error, _out, said) => (error ? reject(new Error(said)) : resolve(said)));
  });
  return { build: `${version}-${Buffer.from(name.padEnd(6, '-')).toString('hex').slice(0, 12)}`, promote };
}

/** The build that did the last task of a lifecycle, and how many tasks failed because its history is not what that would have made. */
const tasksOf = (id: string) => withTemporal(grid, async ({ workflow }) => {
  const { events } = await workflow.getHandle(id).fetchHistory();
  const builds = events!.flatMap((e) => e.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId ?? []);
  return { build: builds.at(-1), failed: events!.filter((e) => e.workflowTaskFailedEventAttributes).length };
});

test('the next build takes launches over that are under way; one that would break them is refused, and where it was forced the way back is one command', async () => {
  const first = await launch(grid, 'reference/1.0.0', { size: 1 });
  await until(grid, first, (d) => d.state === 'ready');
  const before = (await tasksOf(first)).build!;
  expect(before).toMatch(/^\d+\.\d+\.\d+-[0-9a-f]{12}$/);

  const next = otherBuild('next', (code) => `// Another build.\n${code}`);
  const orders = [await order(grid, 'reference/1.0.0', { size: 2 }), await order(grid, 'reference/1.0.0', { size: 2 })];
  const said = await next.promote();
  expect(said).toMatch(/^\d+ lifecycles of \d+ kinds gone through: .* goes on with each where it is$/m);
  expect(said).toContain(`npm run promote -- ${before}`);
  const clusters = await Promise.all(orders.map(({ body }) => queued(grid, body.url)));
  for (const id of clusters) await until(grid, id, (d) => d.state === 'ready');
  await verb(grid, first, 'repair');
  await until(grid, first, (d) => d.state === 'ready' && d.operation === null);
  expect((await tasksOf(first)).build).toBe(next.build);

  const broken = otherBuild('broken', (code) => code.replaceAll('startMachines', 'startSomethingElse'));
  await expect(broken.promote()).rejects.toThrow(/does not go on with \d+ of \d+ lifecycles where they are:\n(.*\n)*.*cluster\/test\/reference\/1\.0\.0\/1: /);
  await until(grid, clusters[0]!, (d) => d.state === 'ready');
  expect((await tasksOf(first)).build).toBe(next.build);

  await broken.promote(broken.build);
  const removed = verb(grid, first, 'destroy').catch(() => undefined);
  while ((await tasksOf(first)).failed === 0) await new Promise((r) => setTimeout(r, 200));
  expect(await next.promote(next.build)).toContain(`npm run promote -- ${broken.build}`);
  await removed;
  await untilConfirmed(() => verb(grid, first, 'destroy'));
  await destroyed(grid, first);
  for (const id of clusters) await destroyed(grid, id);
  expect(await unreplayable(grid)).toEqual([]);
}, BUILDS_MS);

test('a build of which no worker is there is not promoted', async () => {
  const { promote } = otherBuild('third', (code) => code);
  await expect(promote('0.0.0-000000000000')).rejects.toThrow(/no worker of build 0\.0\.0-000000000000 is there/);
});
