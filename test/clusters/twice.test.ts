import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTROL_QUEUE } from '../../model/messages';
import { audit } from '../support/audit';
import { addTemplate, ays, commits, inModel, modelled } from '../support/environment';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, givenBack, killNode, launch, machinesOf, queued, until, read } from '../support/http';
import { untilPath } from '../support/services';
import { withTemporal } from '../support/temporal';

/** Every activity of this grid is carried out, its answer lost, and carried out again: the end is the same. */
const PAAS = '/bigdata/api/v1';
const PAGE = 'test__page__main';
let grid: TestGrid;

beforeAll(async () => {
  grid = await startGrid({ env: { GRID_TEST_TWICE: '1' }, preload: join(__dirname, '../support/faults.cjs') });
});
afterEach(() => audit(grid));
afterAll(() => grid.end());

async function expectOneMachinePerNode(id: string): Promise<void> {
  const { nodes } = await until(grid, id, () => true);
  const machines = await machinesOf(grid, id);
  expect(machines.map((m) => [m.id, m.state]).sort()).toEqual(nodes.map((n) => [n.machine, 'running']).sort());
  for (const { address } of nodes) {
    const peers = (await (await fetch(`http://${address}:8080/peers.json`)).json()) as { address: string }[];
    expect(peers.map((p) => p.address).sort()).toEqual(nodes.map((n) => n.address).sort());
  }
}

/** The names of a lifecycle's activities that were begun, and of those of the grid's own worker the ones that were not begun twice; agents have a test of theirs. */
async function activitiesOf(id: string): Promise<{ all: string[]; once: string[] }> {
  return withTemporal(grid, async ({ workflow }) => {
    const events = (await workflow.getHandle(id).fetchHistory()).events!;
    const scheduled = new Map(events.map((e) => [String(e.eventId), e.activityTaskScheduledEventAttributes]));
    const begun = events
      .flatMap((e) => e.activityTaskStartedEventAttributes ?? [])
      .map(({ scheduledEventId, attempt }) => ({ ...scheduled.get(String(scheduledEventId))!, attempt: attempt ?? 1 }))
      .map(({ activityType, taskQueue, attempt }) => ({ name: activityType!.name!, queue: taskQueue!.name!, attempt }));
    return { all: begun.map(({ name }) => name), once: begun.filter(({ queue, attempt }) => queue === CONTROL_QUEUE && attempt < 2).map(({ name }) => name) };
  });
}

test('launch, scale, repair and destroy end as always', async () => {
  const id = await launch(grid, 'reference/1.0.0', { size: 2 });
  expect(id).toBe('cluster/test/reference/1.0.0/1');
  const ready = await until(grid, id, (d) => d.state === 'ready' && d.operation === null);
  expect(ready.timeline.map((t) => t.state)).toEqual(['registered', 'scheduling', 'scheduled', 'configuring', 'configured', 'ready']);
  await expectOneMachinePerNode(id);

  const scale = await ask(grid, 'PATCH', `${PAAS}/clusters/${id.slice('cluster/'.length)}`, { size: 3 });
  await queued(grid, scale.body.url);
  await until(grid, id, (d) => d.state === 'ready' && d.operation === null && d.nodes.length === 3);
  await expectOneMachinePerNode(id);

  await killNode(grid, id, 'example1');
  await until(grid, id, (d) => d.conditions.some((c) => c.type === 'Degraded'));
  await ask(grid, 'POST', `/api/v1/lifecycles/${id}/repair`, {});
  const whole = await until(grid, id, (d) => d.state === 'ready' && d.operation === null && d.conditions.length === 0);
  expect(whole.nodes.map((n) => n.generation)).toEqual([1, 2, 1]);
  await expectOneMachinePerNode(id);

  await destroyed(grid, id);
  expect(labelled(grid.home)).toEqual([]);
  await givenBack(grid);

  const { all, once } = await activitiesOf(id);
  expect(new Set(all)).toEqual(new Set(['startMachines', 'configureCluster', 'checkReady', 'stopMachines']));
  expect(once).toEqual([]);
  expect((await read(grid, `${PAAS}/clusters/test`)).clusters).toHaveLength(1);
});

test('what is done to a service of the environment is done to it as if once, and nothing stays', async () => {
  const bare = join(grid.home, 'binaries');
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', bare]);
  addTemplate(grid, 'test__page', {
    'service.hrd': `process.1 =\n    cmd:sleep,\n    args:'$(instance.param.seconds)',\n\nbuild.upload.1 =\n    source:'page',\n    url:'file://${bare}',\n`, 'instance.hrd': 'param.seconds = @ASK type:int default:5000\n',
    'actions.js': `const { writeFileSync } = require('node:fs');
exports.build = () => writeFileSync('page', 'built');
exports.data_export = () => '/backup';
exports.data_import = exports.execute = () => ({ done: true });
exports.configureLocal = ({ machine }) => writeFileSync(${JSON.stringify(join(grid.home, 'local.txt'))}, machine.address);`,
  });
  const orders: [verb: string, more: object][] = [
    ['install', {}], ['install', { data: { 'param.seconds': 6000 } }], ['build', {}], ['export', {}], ['import', { args: { id: '1' } }], ['execute', {}], ['stop', {}], ['start', {}], ['restart', {}],
  ];
  const runs: string[] = [];
  for (const [verb, more] of orders) {
    const { id, state } = await ays(grid, verb, { name: 'page', ...more });
    expect(`${verb} ${state}`).toBe(`${verb} done`);
    runs.push(id);
  }
  expect((await modelled(grid)).map(({ path, state }) => [path, state])).toEqual([[PAGE, 'INSTANCE_STARTED']]);
  expect(labelled(grid.home).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1') === 'sleep\x006000\x00')).toHaveLength(1);
  expect(commits(grid)).toEqual([`export ${PAGE}`, `install ${PAGE}`, `install ${PAGE}`]);
  expect(readFileSync(join(inModel(grid, PAGE), 'page.export'), 'utf8').trim().split('\n')).toHaveLength(1);
  expect(execFileSync('git', ['-C', bare, 'log', '--format=%s', 'main'], { encoding: 'utf8' })).toBe(`build ${PAGE}\n`);
  expect(readFileSync(join(grid.home, 'local.txt'), 'utf8')).toMatch(/^127\./);
  const { all, once } = await activitiesOf(`instance/${PAGE}`);
  expect([...new Set(all)]).toEqual(expect.arrayContaining(['readService', 'installInstance', 'startInstance', 'performLocally', 'buildInstance', 'performAction', 'stopInstance']));
  expect(once).toEqual([]);

  expect((await ays(grid, 'reset', { name: 'page' })).state).toBe('done');
  await untilPath(grid, '/api/v1/machines', (d) => d.machines.length === 0);
  expect(labelled(grid.home)).toEqual([]);
  expect(commits(grid)[0]).toBe(`reset ${PAGE}`);
  for (const id of [...runs, 'environment/model']) expect((await activitiesOf(id)).once).toEqual([]);
});
