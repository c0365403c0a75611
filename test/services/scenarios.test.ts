import { audit } from '../support/audit';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, read } from '../support/http';
import { SILENCE_MS } from '../support/machine_ground';
import {
  PLANNER, agentNumber, agentOf, agentUri, expectInstances, install, installed, instanceOf, instanceUri, killAgent, killMachine, page, processesOf,
  scale, serviceOf, serviceUri, setProperty, uninstall, uninstalled, untilPath,
} from '../support/services';

/** The original's own scenarios (`spec` §1.5), over HTTP, with real machines, agents and services. */
let grid: TestGrid;
beforeAll(async () => {
  grid = await startGrid({ env: { GRID_AGENT_TIMEOUT: `${SILENCE_MS}ms` } });
});
afterEach(() => audit(grid));
afterAll(() => grid.end());

const none = { agent: 0, machine: 0 };
const agentOfInstance = async (name: string, n: number) => agentNumber((await instanceOf(grid, name, n)).agent_id);

async function gone(name: string): Promise<void> {
  expect((await uninstall(grid, name)).status).toBe(202);
  await uninstalled(grid, name);
}

test('T1: one instance is installed, answers on its port, and nothing is left after uninstall', async () => {
  expect((await install(grid, 't1')).status).toBe(202);
  await installed(grid, 't1', 1);
  await expectInstances(grid, 't1', [none]);
  expect(await page(grid, 't1', 0)).toContain('t1/0');
  await gone('t1');
  expect(labelled(grid.home)).toEqual([]);
});

test('T2: two instances have two agents', async () => {
  await install(grid, 't2', { planned: 2 });
  await installed(grid, 't2', 2);
  await expectInstances(grid, 't2', [none, none]);
  expect(await agentOfInstance('t2', 0)).not.toBe(await agentOfInstance('t2', 1));
  await gone('t2');
});

test('a plan of a task is carried out as it says, or refused with what changed meanwhile; what it leaves alone runs on', async () => {
  const asked = (plan: string, task: string, fields: object = {}) => ask(grid, 'POST', `/services/tasks/_new_task?plan=${plan}`, {
    task, service_id: serviceUri('planned'), ...fields, routing: { producer_timestamp: Date.now(), producer_id: 'http://localhost/webui/', consumer_id: PLANNER },
  });
  const scaling = (plan: string, planned: number) => asked(plan, 'scale_service_task', { planned_number_of_instances: planned });
  const effects = (body: { effects: { id: string; effect: string }[] }) => body.effects.map(({ id, effect }) => `${effect} ${id}`);
  await install(grid, 'planned', { planned: 1, max: 3 });
  await installed(grid, 'planned', 1);
  const old = await scaling('true', 2);
  expect([old.status, effects(old.body)]).toEqual([200, ['none instance/planned/0', 'create instance/planned/1']]);
  expect(await serviceOf(grid, 'planned')).toMatchObject({ planned_number_of_instances: 1, progress: 'SERVICE_INSTALLED' });
  const before = await processesOf(grid, 'planned', 0);
  expect((await scale(grid, 'planned', 3)).status).toBe(202);
  await installed(grid, 'planned', 3);
  expect(await scaling(old.body.hash, 2)).toMatchObject({ status: 409, body: { code: 'world_moved', message: expect.stringContaining('instance/planned/1 was to be created, now it is left alone') } });
  const { body: plan } = await scaling('true', 2);
  expect(effects(plan)).toEqual(['none instance/planned/0', 'none instance/planned/1', 'remove instance/planned/2']);
  expect((await scaling(plan.hash, 2)).status).toBe(202);
  await installed(grid, 'planned', 2);
  expect(await processesOf(grid, 'planned', 0)).toEqual(before);
  const update = await asked('true', 'update_service_task', { data: { 'param.message': 'other' } });
  expect(update.body.effects).toMatchObject([{ effect: 'replace', machineEffect: 'none', reason: 'param.message differs' }, { effect: 'replace' }]);
  expect((await asked(update.body.hash, 'update_service_task', { data: { 'param.message': 'another' } })).body.code).toBe('world_moved');
  await gone('planned');
});

test('T3: a machine that dies is replaced and its instance is installed and started again', async () => {
  await install(grid, 't3');
  await installed(grid, 't3', 1);
  const agent = await agentOfInstance('t3', 0);
  await killMachine(grid, agent);
  await untilPath(grid, `/agents/${agent}/`, (d) => d.number_of_machine_restarts === 1);
  await installed(grid, 't3', 1);
  await expectInstances(grid, 't3', [{ agent: 0, machine: 1 }]);
  expect(await page(grid, 't3', 0)).toContain('t3/0');
  await gone('t3');
});

test('T4: an agent that dies is restarted on its machine, and what it runs goes on untouched', async () => {
  await install(grid, 't4');
  await installed(grid, 't4', 1);
  const agent = await agentOfInstance('t4', 0);
  const before = await processesOf(grid, 't4', 0);
  await killAgent(grid, agent);
  await untilPath(grid, `/agents/${agent}/`, (d) => d.number_of_agent_restarts === 1);
  await installed(grid, 't4', 1);
  await expectInstances(grid, 't4', [{ agent: 1, machine: 0 }]);
  expect(await processesOf(grid, 't4', 0)).toEqual(before);
  await gone('t4');
});

test('T5, T6: scaled out, then in: the highest number goes, its machine too, and what stays is not touched', async () => {
  await install(grid, 't5');
  await installed(grid, 't5', 1);
  await scale(grid, 't5', 2);
  await installed(grid, 't5', 2);
  await expectInstances(grid, 't5', [none, none]);
  const before = await processesOf(grid, 't5', 0);
  const second = await agentOfInstance('t5', 1);
  await scale(grid, 't5', 1);
  await installed(grid, 't5', 1);
  await expectInstances(grid, 't5', [none]);
  expect(await instanceOf(grid, 't5', 1)).toMatchObject({ progress: 'INSTANCE_STOPPED' });
  expect(await agentOf(grid, second)).toMatchObject({ progress: 'MACHINE_TERMINATED' });
  expect(await processesOf(grid, 't5', 0)).toEqual(before);
  await gone('t5');
});

test('T7: what was uninstalled stays readable, and the plan is empty', async () => {
  await install(grid, 't7');
  await installed(grid, 't7', 1);
  const agent = await agentOfInstance('t7', 0);
  await gone('t7');
  expect(await serviceOf(grid, 't7')).toMatchObject({ progress: 'SERVICE_UNINSTALLED', instance_ids: [] });
  expect(await instanceOf(grid, 't7', 0)).toMatchObject({ progress: 'INSTANCE_STOPPED' });
  expect(await agentOf(grid, agent)).toMatchObject({ progress: 'MACHINE_TERMINATED' });
  expect((await read(grid, '/services/deployment_planner/')).deployment_plan.services).toEqual([]);
});

test('T8: uninstalled while its machine is dead: the instance is told as unreachable, and nothing is left', async () => {
  await install(grid, 't8');
  await installed(grid, 't8', 1);
  const agent = await agentOfInstance('t8', 0);
  await killMachine(grid, agent);
  await untilPath(grid, `/api/v1/lifecycles/instance/t8/0`, (d) => d.agentGone === true);
  await gone('t8');
  expect(await instanceOf(grid, 't8', 0)).toMatchObject({ progress: 'INSTANCE_UNREACHABLE' });
  expect(await agentOf(grid, agent)).toMatchObject({ progress: 'MACHINE_TERMINATED' });
  expect(labelled(grid.home)).toEqual([]);
});

test('T11: two services beside each other', async () => {
  await Promise.all([install(grid, 'tomcat1'), install(grid, 'cassandra1')]);
  await Promise.all([installed(grid, 'tomcat1', 1), installed(grid, 'cassandra1', 1)]);
  await expectInstances(grid, 'tomcat1', [none]);
  await expectInstances(grid, 'cassandra1', [none]);
  await Promise.all([gone('tomcat1'), gone('cassandra1')]);
});

test('T13: a property that was set is a key of the instance document, and its task in the history', async () => {
  await install(grid, 't13');
  await installed(grid, 't13', 1);
  expect((await setProperty(grid, await agentOfInstance('t13', 0), 't13', 0, 'hello', 'world')).status).toBe(202);
  const document = await untilPath(grid, '/services/t13/instances/0/', (d) => d.hello === 'world');
  expect(document.tasks_history.at(-1)).toMatchObject({ task: 'set_instance_property_task', property_name: 'hello', property_value: 'world' });
  const agent = await agentOfInstance('t13', 0);
  expect((await setProperty(grid, agent, 't13', 7, 'hello', 'world')).status).toBe(404);
  expect(agentUri(agent)).toBe(document.agent_id);
  await gone('t13');
});

test('uninstalled and installed again, scaled in and out again: numbers are free again, agents are new', async () => {
  const agents = new Set<number>();
  for (let round = 0; round < 3; round += 1) {
    await install(grid, 'again', { planned: 2 });
    await installed(grid, 'again', 2);
    await scale(grid, 'again', 1);
    await scale(grid, 'again', 2);
    await installed(grid, 'again', 2);
    const second = await untilPath(grid, '/services/again/instances/1/', (d) => d.progress === 'INSTANCE_STARTED');
    agents.add(agentNumber(second.agent_id));
    expect(await page(grid, 'again', 1)).toContain('again/1');
    await gone('again');
  }
  expect(agents.size).toBe(3);
  expect(labelled(grid.home)).toEqual([]);
  const history = await read(grid, '/services/again/_tasks_history');
  expect(history.filter((t: { task: string }) => t.task === 'service_uninstalled_task')).toHaveLength(3);
  expect(instanceUri('again', 1)).toContain('/instances/1/');
});
