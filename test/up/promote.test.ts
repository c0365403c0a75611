import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../config';
import { launchId } from '../../model/ids';
import { startGrid, type TestGrid } from '../support/grid';
import { destroyed, launch, machinesOf, order, queued, read, until, untilConfirmed, verb } from '../support/http';
import { agentNumber, install, installed, instanceOf, processesOf, scale, uninstall, uninstalled } from '../support/services';
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
function otherBuild(name: string, change: (code: string) => string): { root: string; build: string; promote: (...args: string[]) => Promise<string> } {
  const root = join(trees, name);
  const dist = join(root, 'dist');
  cpSync(join(projectRoot(), 'dist'), dist, { recursive: true });
  for (const shared of ['package.json', 'node_modules', 'catalog']) symlinkSync(join(projectRoot(), shared), join(root, shared));
  writeFileSync(join(dist, 'workflow-bundle.js'), change(readFileSync(join(dist, 'workflow-bundle.js'), 'utf8')));
  const stamp = JSON.parse(readFileSync(join(dist, '.workflows.json'), 'utf8')) as { sources: string };
  writeFileSync(join(dist, '.workflows.json'), JSON.stringify({ ...stamp, sources: Buffer.from(name.padEnd(6, '-')).toString('hex') }));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  workers.push(spawn(process.execPath, [join(dist, 'control.js')], { env: environment(), stdio: 'ignore' }));
  const promote = (...args: string[]) => promoteIn(root, {}, ...args);
  return { root, build: `${version}-${Buffer.from(name.padEnd(6, '-')).toString('hex').slice(0, 12)}`, promote };
}

const promoteIn = (root: string, env: Record<string, string>, ...args: string[]) => new Promise<string>((resolve, reject) => {
  execFile(process.execPath, [join(root, 'dist/promote.js'), ...args], { env: { ...environment(), ...env } }, (error, _out, said) => (error ? reject(new Error(said)) : resolve(said)));
});

/** Workflows of clusters, agents and services that do the same, by other commands. */
const decidesOtherwise = (code: string) => code.replaceAll("step: 'start_machine", "step: 'begin_machine")
  .replace(/delete state\.over;(\s+while\(!state\.over\)await goOn\(run\);)/, 'delete state.over; await _temporalio_workflow__WEBPACK_IMPORTED_MODULE_0__.sleep(1);$1');

/** The build that did the last task of a lifecycle, and how many tasks failed because its history is not what that would have made. */
const tasksOf = (id: string) => withTemporal(grid, async ({ workflow }) => {
  const { events } = await workflow.getHandle(id).fetchHistory();
  const builds = events!.flatMap((e) => e.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId ?? []);
  return { build: builds.at(-1), failed: events!.filter((e) => e.workflowTaskFailedEventAttributes).length };
});

const runsOf = (ids: string[]) => withTemporal(grid, async ({ workflow }) =>
  (await workflow.count(`WorkflowId IN (${ids.map((id) => `'${id}'`).join(', ')}) AND ExecutionStatus != 'ContinuedAsNew'`)).count);

/** As if it was set back when nothing of it was right. */
const fromItsTop = (id: string) => withTemporal(grid, async ({ workflow, workflowService }) => {
  const { events } = await workflow.getHandle(id).fetchHistory();
  const { eventId } = events!.find((e) => e.workflowTaskCompletedEventAttributes)!;
  await workflowService.resetWorkflowExecution({ namespace: NAMESPACE, workflowExecution: { workflowId: id }, workflowTaskFinishEventId: eventId, requestId: randomUUID(), reason: 'a test' });
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

  const broken = otherBuild('broken', decidesOtherwise);
  await expect(broken.promote()).rejects.toThrow(/does not go on with \d+ of \d+ lifecycles where they are:\n(.*\n)*.*cluster\/test\/reference\/1\.0\.0\/1: /);
  await until(grid, clusters[0]!, (d) => d.state === 'ready');
  expect((await tasksOf(first)).build).toBe(next.build);

  await broken.promote(broken.build);
  const removed = verb(grid, first, 'destroy').catch(() => undefined);
  while ((await tasksOf(first)).failed === 0) await new Promise((r) => setTimeout(r, 200));
  const placed = await order(grid, 'reference/1.0.0', { size: 1 });
  const begun = await queued(grid, placed.body.url);
  await install(grid, 'web', { planned: 1 });
  await until(grid, begun, (d) => d.state === 'ready');
  await installed(grid, 'web', 1);
  const agent = `agent/${agentNumber((await instanceOf(grid, 'web', 0)).agent_id)}`;
  const started = async () => ({ machines: [...await machinesOf(grid, begun), ...await machinesOf(grid, agent)].map(({ id, ref }) => [id, ref]), processes: await processesOf(grid, 'web', 0) });
  const made = await started();

  expect(await next.promote(next.build)).toContain(`npm run promote -- ${broken.build}`);
  await removed;
  await untilConfirmed(() => verb(grid, first, 'destroy'));
  await destroyed(grid, first);
  const mended = await next.promote('--back');
  expect([...mended.matchAll(/^(\S+): set back to [\d-]+T[\d:.]+Z: \[TMPRL1100\] Nondeterminism error/gm)].map(([, id]) => id).sort()).toEqual([agent, begun, 'service/web']);
  expect(readdirSync(join(grid.home, 'set-back')).length).toBe(3);
  expect(await promoteIn(next.root, { GRID_DEPLOYMENT: '' }, '--back')).not.toContain('set back');
  await until(grid, begun, (d) => d.state === 'ready' && d.operation === null && d.conditions.length === 0);
  await installed(grid, 'web', 1);
  expect(await started()).toEqual(made);
  const setBack = [begun, agent, 'service/web'];
  const { lifecycles } = await read(grid, '/api/v1/lifecycles?limit=200');
  expect(lifecycles.map(({ id }: { id: string }) => id).filter((id: string) => setBack.includes(id)).sort()).toEqual([...setBack].sort());
  // The runs that were left are removed a moment after.
  while ((await runsOf(setBack)) > setBack.length) await new Promise((r) => setTimeout(r, 200));

  await fromItsTop(launchId(placed.body.url.split('/').at(-1)));
  expect(await queued(grid, placed.body.url)).toBe(begun);
  await untilConfirmed(() => verb(grid, begun, 'repair'));
  await scale(grid, 'web', 2);
  await installed(grid, 'web', 2);
  await uninstall(grid, 'web');
  await uninstalled(grid, 'web');
  for (const id of [begun, ...clusters]) await destroyed(grid, id);
  expect(await unreplayable(grid)).toEqual([]);
}, BUILDS_MS);

test('a build of which no worker is there is not promoted', async () => {
  const { promote } = otherBuild('third', (code) => code);
  await expect(promote('0.0.0-000000000000')).rejects.toThrow(/no worker of build 0\.0\.0-000000000000 is there/);
});
