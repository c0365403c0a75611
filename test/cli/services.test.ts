import type { Shown } from '../../cli/wire';
import { EXIT } from '../../cli/exit';
import { beginOperation, endOperation, enter } from '../../model/lifecycle';
import { viewAgent, viewAgentDetail } from '../../model/services/agent_state';
import { viewInstance, viewInstanceDetail } from '../../model/services/instance_state';
import { SERVICE_OPERATIONS, viewService, viewServiceDetail, type ServiceState } from '../../model/services/service_state';
import { summarise } from '../../model/summary';
import { allowedVerbs } from '../../model/verbs';
import { at, installedService, startedAgent, startedInstance } from '../support/service_documents';
import { grid } from '../support/cli';
import { recordedGrid, type Recorded, type RecordedGrid } from '../support/recorded_grid';

const LIFE = 'GET /api/v1/lifecycles/service/tomcat';
const POST = 'POST /services/tasks/_new_task';
const PLANNER = 'GET /services/deployment_planner/';
const LISTS = 'GET /api/v1/lifecycles';

let server: RecordedGrid | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function records(recorded: Record<string, Recorded>): Promise<Record<string, string>> {
  server = await recordedGrid({ [PLANNER]: { body: { tasks_history: [] } }, [POST]: { status: 202 }, ...recorded });
  return { GRID_API: server.api };
}

const posted = () => server!.asked.find((a) => a.line === POST)!.body;
const shown = (state: ServiceState, createdAt = at(0)): Shown => ({ ...viewService({ ...state, createdAt }), verbs: allowedVerbs(state) });
const life = (change: (state: ServiceState) => void = () => undefined, createdAt?: string) => {
  const state = installedService();
  change(state);
  return { body: shown(state, createdAt) };
};
const none = { status: 404, body: { status: 404, code: 'not_found' } };
const converging = (state: ServiceState) => {
  state.state = 'INSTALLING_SERVICE';
  beginOperation(state, 'converge', SERVICE_OPERATIONS.converge, at(1));
  Object.assign(state.instances[0]!, { up: false, progress: 'INSTALLING_INSTANCE', reason: 'install: configure' });
};

describe('install', () => {
  test('orders what was said, limits follow from the number, and it is followed until all instances are up', async () => {
    const env = await records({ [LIFE]: [none, none, life(converging), life(converging), life()] });
    const { code, stdout } = await grid(['install', 'tomcat', '-n', '1', '--max', '5', '--data', 'param.port=8081', 'param.name=a b', '--compute', 'docker'], { env });
    expect(posted()).toEqual({
      task: 'install_service_task', display_name: 'tomcat', planned_number_of_instances: 1, max_number_of_instances: 5, min_number_of_instances: 1, recipe: 'tomcat',
      data: { 'param.port': '8081', 'param.name': 'a b' }, compute: 'docker', service_id: '/services/tomcat/',
      routing: { producer_timestamp: expect.any(Number), producer_id: '/cli/', consumer_id: '/services/deployment_planner/' },
    });
    expect(stdout).toMatch(/instance\/tomcat\/0 INSTALLING_INSTANCE, install: configure[^]*service\/tomcat is SERVICE_INSTALLED[^]*grid uninstall tomcat/);
    expect(code).toBe(EXIT.ok);
  });

  test('--name gives the service another name than its recipe, --no-wait comes back at once', async () => {
    const env = await records({});
    const { code, stdout } = await grid(['install', 'webserver', '--name', 'shop', '-n', '3', '--no-wait', '--idempotency-key', 'k'], { env });
    expect(posted()).toMatchObject({ service_id: '/services/shop/', display_name: 'shop', recipe: 'webserver', planned_number_of_instances: 3, max_number_of_instances: 3, min_number_of_instances: 1 });
    expect(server!.asked.map((a) => [a.line, a.headers['idempotency-key']])).toEqual([[POST, 'k']]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('watch service/shop')]);
  });

  test('a service that was uninstalled before is not taken for the new one', async () => {
    const old = life((state) => enter(state, 'SERVICE_UNINSTALLED', at(2)));
    const env = await records({ [LIFE]: [old, old, old, old, life(() => undefined, at(100))] });
    expect((await grid(['install', 'tomcat'], { env })).stdout).toContain('service/tomcat is SERVICE_INSTALLED');
  });

  test('a refusal is told with its reason, and so is one that the planner found later', async () => {
    const refused = await grid(['install', 'tomcat'], { env: await records({ [LIFE]: none, [POST]: { status: 409, body: { status: 409, code: 'already_installed', message: 'already there', fix: 'Scale it.' } } }) });
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/already there[^]*Scale it/)]);
    await server!.close();
    const later: Recorded = (response) => {
      const { routing } = posted() as { routing: { producer_timestamp: number } };
      response.end(JSON.stringify({ tasks_history: [{ task: 'install_service_task', failed: 'no such compute', routing }] }));
    };
    const failed = await grid(['install', 'tomcat'], { env: await records({ [LIFE]: none, [PLANNER]: later }) });
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('no such compute')]);
  });

  test('an instance that waits for a person ends the looking with 3 and says where to look', async () => {
    const blocked = life((state) => (converging(state), Object.assign(state.instances[0]!, { blocked: true, reason: 'start: port 8080 is not open' })));
    const { code, stdout } = await grid(['install', 'tomcat'], { env: await records({ [LIFE]: [none, blocked] }) });
    expect([code, stdout]).toEqual([EXIT.waiting, expect.stringMatching(/instance\/tomcat\/0 is blocked: start: port 8080 is not open\n +grid show instance\/tomcat\/0/)]);
  });

  test.each([[['install', 'web', '-n', '-1']], [['install', 'web', '--max', 'x']], [['install', 'a/b']], [['install', 'web', '--data', 'port']], [['scale', 'web', 'x']], [['scale', 'web', '1', '2']], [['update', 'web']], [['update', 'web', '--rollback', '--data', 'a=b']], [['uninstall', 'compute/host']]])('%j is wrong use: nothing asked', async (words) => {
    expect((await grid(words, { env: await records({}) })).code).toBe(EXIT.usage);
    expect(server!.lines()).toEqual([]);
  });
});

describe('an installed service', () => {
  test('is scaled by name, by id or by URI; --wait looks past what was before', async () => {
    for (const name of ['tomcat', 'service/tomcat', 'http://localhost/services/tomcat/', '/services/tomcat']) {
      const { code, stdout } = await grid(['scale', name, '2'], { env: await records({}) });
      expect([code, stdout, posted()]).toEqual([0, expect.stringContaining('scaled to 2'), expect.objectContaining({ task: 'scale_service_task', service_id: '/services/tomcat/', planned_number_of_instances: 2 })]);
      await server!.close();
    }
    const two = (state: ServiceState) => {
      state.plan.wish = { ...state.plan.wish, planned: 2 };
    };
    const grown = life((state) => (two(state), state.instances.push({ ...state.instances[0]!, instance: 1, agent: 1 })));
    const env = await records({ [LIFE]: [life(), life(), life(two), life(two), life((state) => (two(state), converging(state))), grown] });
    const { stdout } = await grid(['scale', 'tomcat', '2', '--wait'], { env });
    expect(stdout).toContain('instance/tomcat/1 INSTANCE_STARTED');
    expect(server!.lines().filter((line) => line === LIFE)).toHaveLength(6);
  });

  test('is changed, and waited for until every instance is of the new generation', async () => {
    const changed = (up: boolean) => life((state) => {
      state.generations = [...state.generations, { ...state.generations[0]!, number: 2 }];
      state.plan.sequence += 1;
      if (up) state.instances[0]!.generation = 2;
    });
    const env = await records({ [LIFE]: [life(), changed(false), changed(false), changed(true)] });
    const { code } = await grid(['update', 'tomcat', '--data', 'param.port=9090', '--wait'], { env });
    expect([code, posted()]).toEqual([0, expect.objectContaining({ task: 'update_service_task', data: { 'param.port': '9090' } })]);
    expect(server!.lines().filter((line) => line === LIFE)).toHaveLength(4);
    await server!.close();
    await grid(['update', 'tomcat', '--rollback'], { env: await records({}) });
    expect(posted()).toMatchObject({ rollback: true });
  });

  test('is not waited for where an update finds nothing to change', async () => {
    const done: Recorded = (response) => {
      const { routing } = posted() as { routing: { producer_timestamp: number } };
      response.end(JSON.stringify({ tasks_history: [{ task: 'update_service_task', unchanged: true, routing }] }));
    };
    const { code, stdout } = await grid(['update', 'tomcat', '--data', 'param.port=8080', '--wait'], { env: await records({ [LIFE]: life(), [PLANNER]: done }) });
    expect([code, stdout]).toEqual([0, expect.stringContaining('service/tomcat is SERVICE_INSTALLED')]);
  });

  test('is uninstalled, with --wait until nothing is left', async () => {
    const going = (state: ServiceState) => (beginOperation(state, 'uninstall', SERVICE_OPERATIONS.uninstall, at(60)), enter(state, 'UNINSTALLING_SERVICE', at(60)));
    const gone = life((state) => (going(state), enter(state, 'SERVICE_UNINSTALLED', at(61)), endOperation(state, 'done', at(61))));
    const env = await records({ [LIFE]: [life(), life(going), life(going), gone] });
    const { code, stdout } = await grid(['uninstall', 'tomcat', '--wait'], { env });
    expect([code, stdout]).toEqual([0, expect.stringContaining('service/tomcat is SERVICE_UNINSTALLED')]);
    expect(stdout).not.toContain('grid uninstall');
  });

  test('is shown with its instances, an instance with its processes and values, an agent with its machine', async () => {
    const env = await records({
      [LIFE]: life(), 'GET /api/v1/lifecycles/instance/tomcat/0': { body: viewInstance(startedInstance()) }, 'GET /api/v1/lifecycles/agent/0': { body: viewAgent(startedAgent()) },
      'GET /services/tomcat/instances/0/': { body: { progress: 'INSTANCE_STARTED', cpu: 1.5, hello: 'world', tasks_history: [] } },
    });
    const text = async (name: string) => (await grid(['show', name], { env })).stdout;
    expect(await text('tomcat')).toMatch(/service\/tomcat {2}SERVICE_INSTALLED\n[^]*instances +1 planned, 1 to 2 allowed[^]*recipe +tomcat \(generation 1\)[^]*data +param\.port=8080[^]*instance\/tomcat\/0 +INSTANCE_STARTED +agent\/0/);
    expect(await text('instance/tomcat/0')).toMatch(/agent +agent\/0[^]*address +127\.77\.0\.9[^]*health +ok[^]*values +cpu=1\.5 hello=world\n[^]*tomcat +running +4711 +0/);
    expect(await text('/agents/0/')).toMatch(/instances +instance\/tomcat\/0[^]*machine +agent--0-g1[^]*process +pid 4700 on host1[^]*restarts +0 of the agent, 0 of the machine/);
    expect(JSON.parse((await grid(['show', 'service/tomcat', '--json'], { env })).stdout)).toEqual(life().body);
  });

  test('its instances and agents go by the names of their machines for exec and logs', async () => {
    const LOGS = 'GET /api/v1/machines/agent--0-g1/logs';
    const env = await records({ 'GET /api/v1/lifecycles/instance/tomcat/0': { body: viewInstance(startedInstance()) }, 'GET /api/v1/lifecycles/agent/0': { body: viewAgent(startedAgent()) }, [LOGS]: { text: 'hello\n' } });
    expect((await grid(['logs', 'instance/tomcat/0'], { env })).stdout).toBe('hello\n');
    expect((await grid(['logs', 'agent/0'], { env })).stdout).toBe('hello\n');
  });
});

describe('lists', () => {
  const summaries = {
    service: summarise(installedService(), viewServiceDetail(installedService())),
    instance: summarise(startedInstance(), viewInstanceDetail(startedInstance())),
    agent: summarise(startedAgent(), viewAgentDetail(startedAgent())),
  };
  const over = { service: 'SERVICE_UNINSTALLED', instance: 'INSTANCE_STOPPED', agent: 'MACHINE_TERMINATED' };
  const lists: Recorded = (response, { query }) => {
    const kind = query.get('kind') as keyof typeof summaries;
    const gone = { ...summaries[kind], id: `${kind}/gone/9`, state: over[kind], detail: { ...summaries[kind].detail, service: 'gone' } };
    response.end(JSON.stringify({ lifecycles: [summaries[kind], gone], next: null }));
  };

  test.each([
    ['services', /^SERVICE +STATE +UP +LIMITS +RECIPE[^\n]*\ntomcat +SERVICE_INSTALLED +1\/1 +1–2 +tomcat +1/],
    ['instances', /^INSTANCE +STATE[^\n]*\ninstance\/tomcat\/0 +INSTANCE_STARTED +ok +agent\/0 +host1 +127\.77\.0\.9 +1/],
    ['agents', /^AGENT +STATE[^\n]*\nagent\/0 +AGENT_STARTED +host +host1 +127\.77\.0\.9 +tomcat\/0 +0 +1/],
  ])('%s: what there is, what is over only with --all, JSON with --json, and no line too long', async (name, row) => {
    const env = await records({ [LISTS]: lists });
    expect((await grid([name], { env })).stdout).toMatch(row);
    expect((await grid([name], { env })).stdout).not.toContain('gone');
    expect((await grid([name, '--all'], { env })).stdout).toContain('gone');
    expect(JSON.parse((await grid([name, '--json'], { env })).stdout)[name]).toHaveLength(1);
    const narrow = (await grid([name, '--all'], { env: { ...env, COLUMNS: '50' } })).stdout;
    expect(Math.max(...narrow.split('\n').map((line) => line.length))).toBeLessThanOrEqual(50);
  });

  test('instances of one service', async () => {
    expect((await grid(['instances', 'tomcat', '--all'], { env: await records({ [LISTS]: lists }) })).stdout).not.toContain('gone');
  });
});
