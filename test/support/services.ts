import { setTimeout as sleep } from 'node:timers/promises';
import { pidHere, type TestGrid } from './grid';
import { ask, type Answer, read } from './http';
import { PATIENCE_MS } from './machine_ground';

export const PLANNER = 'http://localhost/services/deployment_planner/';
export const serviceUri = (name: string) => `http://localhost/services/${name}/`;
export const instanceUri = (name: string, n: number) => `http://localhost/services/${name}/instances/${n}/`;
export const agentUri = (n: number) => `http://localhost/agents/${n}/`;

/** Posts a task as a user of seed 000 does. */
export const post = (grid: TestGrid, task: string, fields: object, consumer = PLANNER, state?: string): Promise<Answer> =>
  ask(grid, 'POST', '/services/tasks/_new_task', {
    task, ...fields,
    routing: { producer_timestamp: Date.now(), producer_id: 'http://localhost/webui/', consumer_id: consumer, ...(state ? { state_id: state } : {}) },
  });

export interface Wish {
  planned?: number;
  min?: number;
  max?: number;
  recipe?: string;
  data?: Record<string, string>;
  compute?: string;
}

/** Installs, on the ground of the grid unless the wish names a compute. */
export const install = (grid: TestGrid, name: string, { planned = 1, min = 1, max = 2, recipe = 'webserver', data, compute = grid.ground.own && grid.ground.compute }: Wish = {}): Promise<Answer> =>
  post(grid, 'install_service_task', {
    display_name: name, planned_number_of_instances: planned, max_number_of_instances: max, min_number_of_instances: min, service_id: serviceUri(name), recipe, ...(data ? { data } : {}), ...(compute ? { compute } : {}),
  });

export const scale = (grid: TestGrid, name: string, planned: number): Promise<Answer> =>
  post(grid, 'scale_service_task', { service_id: serviceUri(name), planned_number_of_instances: planned });

export const uninstall = (grid: TestGrid, name: string): Promise<Answer> => post(grid, 'uninstall_service_task', { service_id: serviceUri(name) });

export const setProperty = (grid: TestGrid, agent: number, service: string, instance: number, name: string, value: unknown): Promise<Answer> =>
  post(grid, 'set_instance_property_task', { property_name: name, property_value: value }, agentUri(agent), instanceUri(service, instance));

export const serviceOf = (grid: TestGrid, name: string): Promise<any> => read(grid, `/services/${name}/`);
export const instanceOf = (grid: TestGrid, name: string, n: number): Promise<any> => read(grid, `/services/${name}/instances/${n}/`);
export const agentOf = (grid: TestGrid, n: number): Promise<any> => read(grid, `/agents/${n}/`);

/** Waits until the document under a path says so; shows the last one when it never does. */
export async function untilPath(grid: TestGrid, path: string, ready: (document: any) => boolean, withinMs = PATIENCE_MS): Promise<any> {
  let last: unknown = 'no answer';
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(60)) {
    const answer = await ask(grid, 'GET', path).catch((e: unknown) => ({ status: 0, body: String(e) }));
    last = answer.body;
    // What only its summary says is not all of it: the worker was too busy to be asked.
    if (answer.status === 200 && answer.body.stale !== true && ready(answer.body)) return answer.body;
  }
  throw new Error(`${path} did not get there within ${withinMs} ms:\n${await why(grid)}\n${JSON.stringify(last).slice(0, 6000)}`);
}

/** What does not get on, and why. */
async function why(grid: TestGrid): Promise<string> {
  const lists = await Promise.all(['service', 'instance', 'agent'].map((kind) => ask(grid, 'GET', `/api/v1/lifecycles?kind=${kind}&limit=50`).catch(() => ({ body: {} }))));
  return lists.flatMap((l) => l.body.lifecycles ?? []).map((l: any) => `${l.id} ${l.state} ${l.step ?? ''} ${l.reason ?? ''} ${JSON.stringify(l.conditions)}`).join('\n');
}

/** Waits until exactly these many instances run and nothing else of it is left. */
export async function installed(grid: TestGrid, name: string, instances: number): Promise<any> {
  const document = await untilPath(grid, `/services/${name}/`, (d) => d.progress === 'SERVICE_INSTALLED' && d.instance_ids.length === instances);
  await grid.ground.keepRuntime?.();
  return document;
}

export const uninstalled = (grid: TestGrid, name: string): Promise<any> =>
  untilPath(grid, `/services/${name}/`, (d) => d.progress === 'SERVICE_UNINSTALLED');

export const agentNumber = (uri: string): number => Number(/\/agents\/(\d+)\//.exec(uri)![1]);

/** The original's assertions on a service whose instances all run (`spec` §1.5). */
export async function expectInstances(grid: TestGrid, name: string, restarts: { agent: number; machine: number; startedAgents?: number }[]): Promise<void> {
  const service = await serviceOf(grid, name);
  expect(service).toMatchObject({ progress: 'SERVICE_INSTALLED', instance_ids: restarts.map((_, n) => instanceUri(name, n)) });
  for (const [n, counters] of restarts.entries()) {
    const instance = await instanceOf(grid, name, n);
    expect(instance).toMatchObject({ progress: 'INSTANCE_STARTED', service_id: serviceUri(name) });
    const agent = await agentOf(grid, agentNumber(instance.agent_id));
    expect(agent).toMatchObject({
      progress: 'AGENT_STARTED', service_instance_ids: [instanceUri(name, n)],
      number_of_agent_restarts: counters.agent, number_of_machine_restarts: counters.machine,
    });
    const times = (task: string, document: any) => document.tasks_history.filter((t: any) => t.task === task && !t.failed).length;
    expect(times('start_machine_task', agent)).toBe(1 + counters.machine);
    expect(times('start_agent_task', agent)).toBe(counters.startedAgents ?? 1 + counters.machine);
    expect(times('start_service_instance_task', instance)).toBe(counters.startedAgents ?? 1 + counters.machine);
  }
}

const lifecycle = (grid: TestGrid, id: string) => read(grid, `/api/v1/lifecycles/${id}`);

/** `kill -9` of everything in the machine that an agent runs on. */
export async function killMachine(grid: TestGrid, agent: number): Promise<void> {
  const { hello, ref } = await lifecycle(grid, `agent/${agent}`);
  await grid.ground.kill({ id: hello.machine, ref });
}

/** The agent's own process, as a number of this host. */
export async function pidOfAgent(grid: TestGrid, agent: number): Promise<number> {
  const { hello } = await lifecycle(grid, `agent/${agent}`);
  return pidHere(grid.home, hello.machine, hello.pid);
}

/** `kill -9` of the agent's own process; its machine starts it again. */
export const killAgent = async (grid: TestGrid, agent: number): Promise<void> => void process.kill(await pidOfAgent(grid, agent), 'SIGKILL');

/** Ids on this host of the processes of an instance that its agent sees. */
export async function processesOf(grid: TestGrid, name: string, n: number): Promise<number[]> {
  const { vitals, at } = await lifecycle(grid, `instance/${name}/${n}`);
  return vitals.processes.map((p: { pid: number }) => pidHere(grid.home, at.machine, p.pid));
}

/** What an instance of `webserver` answers, where it is. */
export async function page(grid: TestGrid, name: string, n: number, port = 8080): Promise<string> {
  const { ip_address } = await agentOf(grid, agentNumber((await instanceOf(grid, name, n)).agent_id));
  return (await fetch(`http://${ip_address}:${port}/`)).text();
}
