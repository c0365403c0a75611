import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { Context, heartbeat } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';
import { firstSummary, startOptions } from '../../api/temporal/start';
import { agentId, CAPACITY_ID, instanceId, PLANNER_ID, serviceId, type LifecycleKind } from '../../model/ids';
import type { Lifecycle } from '../../model/lifecycle';
import type { AgentBeat } from '../../model/services/agent_protocol';
import { viewAgent } from '../../model/services/agent_state';
import { newCapacity } from '../../model/services/capacity_state';
import { viewInstance } from '../../model/services/instance_state';
import { newPlanner } from '../../model/services/planner_state';
import { viewService } from '../../model/services/service_state';
import { at, installedService, startedAgent, startedInstance } from '../support/service_documents';
import { ask } from '../support/http';
import { eventually, makeNamespace, raw, startApi, type ApiUnderTest } from './support/api_under_test';
import { beQuiet } from './support/control_worker';
import { become, hold, type Given } from './support/service_stand_ins';

const QUEUE = 'stand-ins';
const BASE = 'http://localhost';
const NEW_TASK = '/services/tasks/_new_task';
const PLANNER = '/services/deployment_planner/';

let grid: ApiUnderTest;
let worker: Worker;
let running: Promise<void>;
let connection: NativeConnection;
const beat: AgentBeat = { boot: 'b', at: at(60), instances: [{ ...startedInstance().vitals!, values: { cpu: 42, 'request-throughput': 7 } }] };

beforeAll(async () => {
  grid = await startApi();
  await makeNamespace(grid);
  beQuiet();
  connection = await NativeConnection.connect({ address: grid.address });
  worker = await Worker.create({
    connection, namespace: grid.namespace, taskQueue: QUEUE, workflowsPath: require.resolve('./support/service_stand_ins'),
    activities: { watch: () => (heartbeat(beat), Context.current().cancelled) },
  });
  running = worker.run();
  await begin('planner', PLANNER_ID, 'deploymentPlanner', newPlanner(at(0)));
  await begin('capacity', CAPACITY_ID, 'capacityRules', { document: newCapacity(at(0)), tasks: [] });
  const two: Given = { document: viewService(installedService()), tasks: installedService().history.tasks.slice(1) };
  await begin('service', serviceId('tomcat'), 'service', { document: viewService(installedService()), tasks: installedService().history.tasks.slice(0, 1), next: two });
  await begin('instance', instanceId('tomcat', 0), 'instance', { document: viewInstance(startedInstance()), tasks: [] });
  await begin('agent', agentId(0), 'agent', { document: viewAgent(startedAgent()), tasks: [], beats: true });
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await connection.close();
  await grid.end();
});

async function begin(kind: LifecycleKind, id: string, type: string, given: unknown): Promise<void> {
  const state = ((given as Given).document as Lifecycle | undefined)?.state ?? 'planning';
  const summary = firstSummary({ id, kind, owner: '', state, detail: {} });
  await grid.client.workflow.start(type, { ...startOptions(summary, id), taskQueue: QUEUE, args: [given] });
}

const routing = (more: object = {}) => ({ producer_id: 'http://localhost/webui/', consumer_id: `${BASE}${PLANNER}`, producer_timestamp: 1359883165467, ...more });
const install = (name: string, more: object = {}) => ({
  task: 'install_service_task', display_name: name, planned_number_of_instances: 1, max_number_of_instances: 2, min_number_of_instances: 1, service_id: `${BASE}/services/${name}/`, routing: routing(), ...more,
});
const post = (task: unknown, headers?: Record<string, string>) => ask(grid, 'POST', NEW_TASK, task, headers);
const held = (on: boolean) => grid.client.workflow.getHandle(PLANNER_ID).signal(hold, on);
const installed = async (name: string) => {
  expect((await post(install(name))).status).toBe(202);
  return eventually(() => ask(grid, 'GET', `/services/${name}/`), (a) => a.status === 200);
};

describe('POST _new_task', () => {
  test('SG-3: the request of the seed, with its tabs and its comma too many, is accepted with nothing more to say', async () => {
    const text = `{
      "task" : "install_service_task",
      "display_name" : "pasted",
      "planned_number_of_instances" : 1,
      "max_number_of_instances" : 2,
      "min_number_of_instances" : 1,
\t  "service_id" : "http://localhost/services/pasted/",
      "routing" : {
            "producer_timestamp" : 1359883165467,
            "producer_id" : "http://localhost/webui/",
            "consumer_id" : "http://localhost/services/deployment_planner/",
      }
    }`;
    const answer = await raw(grid.api, 'POST', NEW_TASK, { 'content-type': 'application/x-www-form-urlencoded' }, text);
    expect([answer.status, answer.text]).toEqual([202, '']);
    expect(await eventually(() => ask(grid, 'GET', '/services/pasted/'), (a) => a.status === 200)).toMatchObject({ body: { display_name: 'pasted', service_id: `${BASE}/services/pasted/` } });
  });

  test('SG-5, SG-8: a task like one still pending, but for its time, is a duplicate; pending ones are listed in order', async () => {
    await held(true);
    expect((await post(install('first'))).status).toBe(202);
    expect((await post(install('second'))).status).toBe(202);
    const again = await post(install('first', { routing: routing({ producer_timestamp: 7 }) }));
    expect([again.status, again.headers.get('x-status-reason'), again.body.code]).toEqual([409, 'Similar task already in queue', 'similar_task']);
    const pending = [expect.objectContaining({ service_id: `${BASE}/services/first/`, routing: expect.objectContaining({ state_id: BASE + PLANNER }) }), expect.objectContaining({ display_name: 'second' })];
    expect((await ask(grid, 'GET', `/services/tasks/_list_tasks?consumer_id=${BASE}${PLANNER}`)).body).toEqual(pending);
    expect((await ask(grid, 'POST', '/services/tasks/_list_tasks', { consumer_id: PLANNER })).body).toEqual(pending);
    expect(JSON.parse((await getWithBody('/services/tasks/_list_tasks', JSON.stringify({ consumer_id: BASE + PLANNER }))).text)).toEqual(pending);
    await held(false);
    await eventually(() => ask(grid, 'GET', `/services/tasks/_list_tasks?consumer_id=${PLANNER}`), (a) => a.body.length === 0);
    expect((await ask(grid, 'GET', PLANNER)).body.services.map((s: { display_name: string }) => s.display_name)).toEqual(expect.arrayContaining(['first', 'second']));
  });

  test('what has no queue has no pending tasks, what cannot be a consumer is not there', async () => {
    expect((await ask(grid, 'GET', '/services/tasks/_list_tasks?consumer_id=/agents/0/')).body).toEqual([]);
    expect((await ask(grid, 'GET', '/services/tasks/_list_tasks?consumer_id=/services/tomcat/')).status).toBe(404);
    expect((await ask(grid, 'GET', '/services/tasks/_list_tasks')).status).toBe(400);
  });

  test('refusals have the form of the seed and change nothing', async () => {
    const before = await ask(grid, 'GET', PLANNER);
    const refused = await post(install('bad', { service_id: `${BASE}/services/bad` }));
    expect(refused).toMatchObject({ status: 400, body: { status: 400, code: 'invalid_task', error: 'bad request', message: expect.stringMatching(/must end with \/$/), fix: expect.any(String) } });
    expect(await post({ task: 'scale_service_task', service_id: '/services/unheard/', planned_number_of_instances: 1, routing: routing() })).toMatchObject({ status: 404, body: { message: expect.stringContaining('Cannot find service') } });
    expect((await post('{"task": ')).status).toBe(400);
    expect((await post({ ...install('x'), routing: routing({ consumer_id: '/services/orchestrator/' }) })).body.code).toBe('wrong_route');
    expect(await ask(grid, 'GET', PLANNER)).toMatchObject({ body: before.body });
  });

  test('a property goes to the agent and is read back from the instance; an agent that is not there takes none', async () => {
    const property = (agent: number) => ({ task: 'set_instance_property_task', property_name: 'hello', property_value: { a: [1] }, consumer_id: `/agents/${agent}/`, producer_id: '/webui/', state_id: '/services/tomcat/instances/0/' });
    expect((await post(property(0))).status).toBe(202);
    expect(await grid.client.workflow.getHandle(agentId(0)).query('document')).toMatchObject({ properties: { hello: { a: [1] } } });
    expect(await post(property(99))).toMatchObject({ status: 404, body: { code: 'unknown_consumer' } });
  });

  test('repeated under one Idempotency-Key it is one task', async () => {
    await held(true);
    const twice = [await post(install('once'), { 'idempotency-key': 'k1' }), await post(install('once'), { 'idempotency-key': 'k1' })];
    expect(twice.map((a) => a.status)).toEqual([202, 202]);
    await held(false);
  });
});

/** No well-bred client sends a body with GET; the original does. */
function getWithBody(path: string, body: string): Promise<{ text: string }> {
  const { hostname, port } = new URL(grid.api);
  return new Promise((resolve, reject) => {
    const out = request({ hostname, port, path, method: 'GET', headers: { 'content-length': Buffer.byteLength(body) } }, (answer) => {
      let text = '';
      answer.on('data', (d) => (text += String(d)));
      answer.on('end', () => resolve({ text }));
    });
    out.on('error', reject);
    out.end(body);
  });
}

describe('GET', () => {
  test('SG-12, SG-14: a document with a strong ETag, the MD5 of its text; 304 for who has it; HEAD', async () => {
    const { status, headers, text } = await raw(grid.api, 'GET', '/services/tomcat/');
    const etag = `"${createHash('md5').update(text).digest('hex')}"`;
    expect([status, headers.etag]).toEqual([200, etag]);
    expect((await raw(grid.api, 'GET', '/services/tomcat')).text).toBe(text);
    expect((await raw(grid.api, 'GET', '/services/tomcat/', { 'if-none-match': etag })).status).toBe(304);
    expect((await raw(grid.api, 'GET', '/services/tomcat/', { 'if-none-match': '"x"' })).status).toBe(200);
    expect(await raw(grid.api, 'HEAD', '/services/tomcat/')).toMatchObject({ status: 200, text: '', headers: { etag } });
  });

  test('an agent was last heard of when it last beat, an instance has what its agent measures', async () => {
    const agent = await eventually(() => ask(grid, 'GET', '/agents/0/'), (a) => a.body.last_ping_source_timestamp > Date.parse(at(50)) || a.status !== 200);
    expect(agent.body).toMatchObject({ progress: 'AGENT_STARTED', service_instance_ids: [`${BASE}/services/tomcat/instances/0/`] });
    expect(Math.abs(agent.body.last_ping_source_timestamp - Date.now())).toBeLessThan(60_000);
    expect((await ask(grid, 'GET', '/services/tomcat/instances/0/')).body).toMatchObject({ progress: 'INSTANCE_STARTED', cpu: 42, 'request-throughput': 7 });
  });

  test('the planners, the orchestrator and the provisioner have documents', async () => {
    for (const name of ['deployment_planner', 'capacity_planner', 'orchestrator', 'provisioner']) {
      expect(await ask(grid, 'GET', `/services/${name}/`)).toMatchObject({ status: 200, body: { tasks_history: expect.any(Array) } });
    }
    const planned = (await ask(grid, 'GET', PLANNER)).body.next_agent_id as number;
    const absent = { id: `${BASE}/agents/${planned - 1}/`, planned: 'AGENT_STARTED', actual: 'ABSENT', reason: expect.any(String) };
    const surplus = { id: `${BASE}/services/tomcat/`, planned: 'SERVICE_UNINSTALLED', actual: 'SERVICE_INSTALLED', reason: expect.any(String) };
    const { body } = await eventually(() => ask(grid, 'GET', '/services/orchestrator/'), (a) => a.body.service_ids_to_uninstall.length > 0);
    expect(body).toMatchObject({ service_ids_to_uninstall: [surplus.id], differences: expect.arrayContaining([absent, surplus]) });
  });

  test('SG-11: the whole history, over all runs, oldest first', async () => {
    const { body } = await eventually(() => ask(grid, 'GET', '/services/tomcat/_tasks_history'), (a) => a.body.length === 2);
    expect(body.map((t: { task: string }) => t.task)).toEqual(['plan_service_task', 'service_installed_task']);
    expect((await ask(grid, 'GET', '/services/provisioner/_tasks_history')).body).toEqual([]);
    expect((await ask(grid, 'GET', '/services/orchestrator/_tasks_history')).status).toBe(200);
    expect((await ask(grid, 'GET', '/services/unheard/_tasks_history')).status).toBe(404);
  });

  test('SG-15: ids below a prefix, the oldest first; none is an empty list', async () => {
    const list = async (path: string) => (await ask(grid, 'GET', `${path}/_list`)).body as string[];
    const [tomcat, first] = [`${BASE}/services/tomcat/`, `${BASE}/services/tomcat/instances/0/`];
    await eventually(() => list('/services'), (ids) => ids.includes(first));
    expect((await list('/services')).slice(0, 2)).toEqual([tomcat, first]);
    expect(await list('/services/tomcat')).toEqual([tomcat, first]);
    expect(await list('/services/tomcat/instances')).toEqual([first]);
    expect(await list('/agents')).toEqual([`${BASE}/agents/0/`]);
    for (const path of ['/services/tom', '/services/tomcat/instances/7', '/agents/7', '/services/a%27b']) expect(await list(path)).toEqual([]);
    for (const number of [10, 9]) await begin('agent', agentId(number), 'agent', { document: viewAgent(startedAgent()), tasks: [] });
    await eventually(() => list('/agents'), (ids) => ids.length === 3);
    expect(await list('/agents')).toEqual([0, 9, 10].map((number) => `${BASE}/agents/${number}/`));
    for (const path of ['/services/_list', '/services/tomcat/_list', '/agents/_list']) expect(await ask(grid, 'PUT', path, {})).toMatchObject({ status: 400, body: { error: 'URI must not end with/_list' } });
  });

  test.each(['/services/unheard/', '/services/tomcat/instances/9/', '/agents/99/', '/agents/x/', '/services/tasks/', '/services/a%20b/'])('%s is not there', async (path) => {
    expect(await ask(grid, 'GET', path)).toMatchObject({ status: 404, body: { status: 404, error: 'not found', code: 'not_found', message: expect.any(String), fix: expect.any(String) } });
  });
});

describe('PUT', () => {
  const put = (name: string, body: object, headers?: Record<string, string>) => ask(grid, 'PUT', `/services/${name}/`, body, headers);
  const tagOf = (answer: { headers: Headers }) => answer.headers.get('etag')!;

  test('SG-13: with the ETag that was read the wishes are written; the answer has the new one', async () => {
    const read = await installed('written');
    const written = await put('written', { ...read.body, planned_number_of_instances: 2 }, { 'if-match': tagOf(read) });
    expect(written).toMatchObject({ status: 200, body: { planned_number_of_instances: 2 } });
    expect(tagOf(written)).not.toBe(tagOf(read));
    expect(tagOf(await ask(grid, 'GET', '/services/written/'))).toBe(tagOf(written));
    expect(tagOf(await put('written', { ...read.body }, { 'if-match': tagOf(read) }))).toBe(tagOf(written));
  });

  test('a wrong ETag is 412 with the right one, on nothing without one', async () => {
    const read = await installed('guarded');
    const wrong = await put('guarded', { planned_number_of_instances: 2 }, { 'if-match': '"wrong"' });
    expect([wrong.status, tagOf(wrong)]).toEqual([412, tagOf(read)]);
    const nothing = await put('never', install('never'), { 'if-match': tagOf(read) });
    expect([nothing.status, tagOf(nothing)]).toEqual([412, null]);
    expect((await ask(grid, 'GET', '/services/never/')).status).toBe(404);
  });

  test('If-None-Match: * installs once; again it is 412 with the ETag of what is there', async () => {
    const wishes = { display_name: 'made', planned_number_of_instances: 1, max_number_of_instances: 2, min_number_of_instances: 0 };
    const made = await put('made', wishes, { 'if-none-match': '*' });
    expect(made).toMatchObject({ status: 200, body: { ...wishes, service_id: `${BASE}/services/made/` } });
    const again = await put('made', wishes, { 'if-none-match': '*' });
    expect([again.status, tagOf(again)]).toEqual([412, tagOf(made)]);
  });

  test('what was changed between the look and the writing is not written over', async () => {
    const { body } = await installed('raced');
    await grid.client.workflow.getHandle(serviceId('raced')).signal(become, { ...viewService(installedService()), service: 'raced', sequence: 0 });
    const stale = await ask(grid, 'GET', '/services/raced/');
    const refused = await put('raced', { planned_number_of_instances: 1 }, { 'if-match': tagOf(stale) });
    expect([refused.status, tagOf(refused), body.planned_number_of_instances]).toEqual([412, tagOf(stale), 1]);
  });

  test('without a precondition it is written all the same; what is not a wish, or no wish at all, is refused', async () => {
    await installed('free');
    expect((await put('free', { planned_number_of_instances: 2 })).body.planned_number_of_instances).toBe(2);
    expect(await put('free', { progress: 'SERVICE_UNINSTALLED' })).toMatchObject({ status: 400, body: { code: 'not_writable', field: 'progress' } });
    expect((await put('free', { planned_number_of_instances: -1 })).status).toBe(400);
    expect((await put('halfway', { planned_number_of_instances: 1 })).status).toBe(400);
  });

  test('an uninstalled service is installed again by its document', async () => {
    await installed('back');
    expect((await post({ task: 'uninstall_service_task', service_id: '/services/back/', routing: routing() })).status).toBe(202);
    const gone = await eventually(() => ask(grid, 'GET', '/services/back/'), (a) => a.body.progress === 'SERVICE_UNINSTALLED');
    expect(await put('back', gone.body, { 'if-match': tagOf(gone) })).toMatchObject({ status: 200, body: { progress: 'SERVICE_INSTALLED' } });
  });

  test.each([['/agents/0/', 'GET, HEAD'], ['/services/tomcat/instances/0/', 'GET, HEAD'], ['/services/orchestrator/', 'GET, HEAD'], ['/services/deployment_planner/', 'GET, HEAD']])('%s is for reading', async (path, allow) => {
    for (const method of ['PUT', 'DELETE']) {
      const answer = await ask(grid, method, path, {});
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    }
    expect((await ask(grid, 'DELETE', '/services/tomcat/')).headers.get('allow')).toBe('GET, HEAD, PUT');
  });
});

test('every path of the seed is in the OpenAPI document', async () => {
  const { paths } = (await ask(grid, 'GET', '/openapi.json')).body as { paths: object };
  expect(Object.keys(paths)).toEqual(expect.arrayContaining([
    NEW_TASK, '/services/tasks/_list_tasks', '/services/_list', '/services/{prefix}/_list', '/agents/_list', '/services/{name}', '/services/{name}/instances/{number}', '/agents/{number}',
    '/services/{name}/_tasks_history', '/services/orchestrator', '/services/provisioner', '/services/capacity_planner', '/services/deployment_planner',
  ]));
});
