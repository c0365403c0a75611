import { setTimeout as sleep } from 'node:timers/promises';
import { CAPACITY_ID } from '../../model/ids';
import { CAPACITY_RUN, CAPACITY_SCHEDULE } from '../../model/services/capacity_state';
import { defineCapacitySchedule } from '../../workers/define_capacity_schedule';
import { audit } from '../support/audit';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { verb, read } from '../support/http';
import { agentNumber, agentOf, expectInstances, install, installed, instanceOf, PLANNER, post, serviceOf, serviceUri, setProperty, uninstall, uninstalled, untilPath } from '../support/services';
import { withTemporal } from '../support/temporal';

/** The capacity planner at work: values in, scalings out, and no more of them than its cool-downs allow. */
const CAPACITY = 'http://localhost/services/capacity_planner/';
const DOCUMENT = '/services/capacity_planner/';
const THROUGHPUT = 'request-throughput';
const COOLDOWN_OUT_SECONDS = 3;
const COOLDOWN_IN_SECONDS = 8;
let grid: TestGrid;

beforeAll(async () => {
  grid = await startGrid({
    env: {
      GRID_CAPACITY_INTERVAL: '1s', GRID_CAPACITY_COOLDOWN_OUT: `${COOLDOWN_OUT_SECONDS}s`, GRID_CAPACITY_COOLDOWN_IN: '4s',
      GRID_CAPACITY_STABILISATION: '2s', GRID_AGENT_TIMEOUT: '5s',
    },
  });
});
afterEach(() => audit(grid));
afterAll(() => grid.end());

const rule = (service: string, more: object = {}) =>
  post(grid, 'scaling_rules_task', { service_id: serviceUri(service), scaling_rule: { property_name: THROUGHPUT, low_threshold: 1, high_threshold: 10, ...more } }, CAPACITY);

/** Sets the value on every instance that the service has now and whose agent is chosen. */
async function load(service: string, value: unknown): Promise<void> {
  const { instance_ids } = await serviceOf(grid, service);
  await Promise.all(instance_ids.map(async (_: string, n: number) => {
    const { agent_id } = await instanceOf(grid, service, n);
    if (agent_id) await setProperty(grid, agentNumber(agent_id), service, n, THROUGHPUT, value);
  }));
}

const rules = async (): Promise<string[]> => Object.keys((await read(grid, DOCUMENT)).scaling_rule_by_service);
const lifecycle = (id: string): Promise<any> => read(grid, `/api/v1/lifecycles/${id}`);
/** When the planner of capacity had this service scaled, and to what. */
const scalings = async (service: string): Promise<{ at: number; planned: number }[]> =>
  (await read(grid, '/services/deployment_planner/')).tasks_history
    .filter((t: any) => t.task === 'scale_service_task' && t.service_id === serviceUri(service) && t.routing.producer_id === CAPACITY && !t.failed)
    .map((t: any) => ({ at: t.routing.producer_timestamp, planned: t.planned_number_of_instances }));

async function gone(service: string): Promise<void> {
  await uninstall(grid, service);
  await uninstalled(grid, service);
  expect(labelled(grid.home)).toEqual([]);
}

test('T12: a value above high brings a second instance, values below low take it away again', async () => {
  await install(grid, 'tomcat', { planned: 1, min: 1, max: 2 });
  expect((await rule('tomcat')).status).toBe(202);
  await installed(grid, 'tomcat', 1);
  await load('tomcat', 100);
  await installed(grid, 'tomcat', 2);
  await expectInstances(grid, 'tomcat', [{ agent: 0, machine: 0 }, { agent: 0, machine: 0 }]);
  await untilPath(grid, DOCUMENT, (d) => d.recommendations[0]?.message === 'at max 2');
  const { agent_id } = await instanceOf(grid, 'tomcat', 1);
  await load('tomcat', 0);
  await installed(grid, 'tomcat', 1);
  await expectInstances(grid, 'tomcat', [{ agent: 0, machine: 0 }]);
  expect((await instanceOf(grid, 'tomcat', 1)).progress).toBe('INSTANCE_STOPPED');
  expect((await agentOf(grid, agentNumber(agent_id))).progress).toBe('MACHINE_TERMINATED');
  expect((await scalings('tomcat')).map((s) => s.planned)).toEqual([2, 1]);
  expect((await lifecycle(CAPACITY_ID)).timeline.map((t: any) => t.because)).toEqual(expect.arrayContaining(['tomcat to 2: instance 0 has 100, above 10', 'tomcat to 1: all have less than 1']));
});

test('a rule goes with its service, and does not come back with it', async () => {
  expect(await rules()).toEqual([serviceUri('tomcat')]);
  await gone('tomcat');
  await untilPath(grid, DOCUMENT, (d) => Object.keys(d.scaling_rule_by_service).length === 0);
});

test('a load that rises, flickers and falls scales no more often than the budget, and what waits says what for', async () => {
  await install(grid, 'curve', { planned: 1, min: 1, max: 3 });
  await rule('curve', { cooldown_in_seconds: COOLDOWN_IN_SECONDS });
  await installed(grid, 'curve', 1);
  await load('curve', 50);
  await installed(grid, 'curve', 2);
  for (const value of [50, 0, 50, 0, 50]) {
    await load('curve', value);
    await sleep(700);
  }
  await installed(grid, 'curve', 3);
  await load('curve', 0);
  await installed(grid, 'curve', 2);
  await untilPath(grid, DOCUMENT, (d) => /^would scale to 1, cooling down [1-8] s$/.test(d.recommendations[0]?.message));
  await untilPath(grid, '/api/v1/lifecycles/service/curve', (d) => /^would scale to 1, cooling down [1-8] s$/.test(d.recommendation?.message));
  await installed(grid, 'curve', 1);
  const done = await scalings('curve');
  expect(done.map((s) => s.planned)).toEqual([2, 3, 2, 1]);
  expectBudget(done);
  await gone('curve');
});

/** Every scaling keeps the cool-down of its direction, as their times in the history say. */
function expectBudget(done: { at: number; planned: number }[]): void {
  done.forEach(({ at, planned }, i) => {
    const earlier = done.slice(0, i);
    const isOut = (n: number) => done[n]!.planned > (n === 0 ? 1 : done[n - 1]!.planned);
    const held = earlier.filter((_, n) => !isOut(i) || isOut(n));
    const seconds = isOut(i) ? COOLDOWN_OUT_SECONDS : COOLDOWN_IN_SECONDS;
    if (held.length > 0) expect({ planned, waited: at - held.at(-1)!.at >= seconds * 1000 }).toEqual({ planned, waited: true });
  });
}

test('what the agent measures by itself counts too', async () => {
  await install(grid, 'measured', { planned: 1, min: 1, max: 2 });
  await rule('measured', { property_name: 'mem_mib', low_threshold: 0.5, high_threshold: 1 });
  await installed(grid, 'measured', 2);
  await untilPath(grid, '/api/v1/lifecycles/service/measured', (d) => d.recommendation?.message === 'at max 2');
  await gone('measured');
  expect((await lifecycle('service/measured')).recommendation).toBeNull();
});

test('a rule for nothing, or that could never be right, is refused and changes nothing', async () => {
  await install(grid, 'plain');
  expect((await rule('nobody')).status).toBe(404);
  expect((await rule('nobody')).body.message).toMatch(/Cannot find service .*nobody/);
  expect((await rule('plain', { low_threshold: 10 })).status).toBe(400);
  expect((await rule('plain', { low_threshold: 'few' })).status).toBe(400);
  expect(await post(grid, 'scaling_rules_task', { service_id: serviceUri('plain'), scaling_rule: { property_name: 'x', low_threshold: 1, high_threshold: 2 } }, PLANNER)).toMatchObject({ status: 400 });
  expect(await rules()).not.toContain(serviceUri('nobody'));
});

test('while the planner is paused rules wait in its queue; the last of a service wins, with its own times or those of the grid', async () => {
  await verb(grid, CAPACITY_ID, 'pause');
  await rule('plain');
  const again = await rule('plain');
  expect([again.status, again.headers.get('x-status-reason')]).toEqual([409, 'Similar task already in queue']);
  await rule('plain', { property_name: 'load', cooldown_in_seconds: 77 });
  expect(await read(grid, `/services/tasks/_list_tasks?consumer_id=${CAPACITY}`)).toHaveLength(2);
  expect(await rules()).toEqual([]);
  await verb(grid, CAPACITY_ID, 'resume');
  const document = await untilPath(grid, DOCUMENT, (d) => d.scaling_rule_by_service[serviceUri('plain')]?.property_name === 'load');
  expect(document.scaling_rule_by_service[serviceUri('plain')]).toMatchObject({ cooldown_out_seconds: 3, cooldown_in_seconds: 77, stabilisation_seconds: 2 });
  expect(document.tasks_history.filter((t: any) => t.scaling_rule && t.service_id === serviceUri('plain'))).toHaveLength(2);
  await untilPath(grid, DOCUMENT, (d) => d.recommendations[0]?.message === 'no value of instance 0');
});

test('what was seen for another rule is not meant for this one', async () => {
  await withTemporal(grid, (client) => client.workflow.getHandle(CAPACITY_ID).executeUpdate('look', { args: [[{ service: 'plain', setAt: '2020-01-01T00:00:00.000Z', seen: null }]] }));
  expect(await rules()).toEqual([serviceUri('plain')]);
});

test('its runs are no lifecycles, and old ones are deleted', async () => {
  const listed = (await read(grid, '/api/v1/lifecycles?limit=200')).lifecycles.map((l: any) => l.id);
  expect(listed.filter((id: string) => id.startsWith(CAPACITY_SCHEDULE))).toEqual([]);
  await withTemporal(grid, async (client) => {
    // What ended within the last half minute Temporal deletes only later.
    const keepMs = 30_000;
    const until = new Date(Date.now() - keepMs).toISOString();
    const old = async () => (await client.workflow.count(`WorkflowType = '${CAPACITY_RUN}' AND StartTime < '${until}'`)).count;
    const before = await old();
    expect(before).toBeGreaterThan(5);
    await client.workflow.execute(CAPACITY_RUN, { workflowId: `${CAPACITY_SCHEDULE}-tidy`, taskQueue: 'control', args: [{ keepMs }] });
    for (const end = Date.now() + 20_000; (await old()) > before - 5 && Date.now() < end; ) await sleep(100);
    expect(await old()).toBeLessThanOrEqual(before - 5);
  });
});

test('another interval reaches the Schedule at the next start, and a paused one stays paused', async () => {
  await withTemporal(grid, async (client) => {
    await client.schedule.getHandle(CAPACITY_SCHEDULE).pause('by a test');
    await defineCapacitySchedule(client, 7_000);
    const { spec, state, action } = await client.schedule.getHandle(CAPACITY_SCHEDULE).describe();
    expect(spec.intervals).toEqual([expect.objectContaining({ every: 7_000 })]);
    expect(state).toMatchObject({ paused: true, note: 'by a test' });
    expect(action.type === 'startWorkflow' && action.args).toEqual([{ keepMs: 700_000 }]);
  });
});
