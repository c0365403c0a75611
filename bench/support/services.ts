import type { AgentDocument } from '../../model/services/agent_state';
import { agentId, instanceId, serviceId } from '../../model/ids';
import type { ServiceState } from '../../model/services/service_state';
import type { RunningGrid } from './grid';
import { summary } from './launched';
import { request } from './request';

export const RECIPE = 'webserver';
export const PORT = 8080;
const LONG_MS = 600_000;

/** Posts a task as a user of seed 000 does. */
const post = ({ api }: RunningGrid, name: string, task: string, fields: object = {}) =>
  request(api, 'POST', '/services/tasks/_new_task', {
    task, ...fields, service_id: `http://localhost/services/${name}/`,
    routing: { producer_timestamp: Date.now(), producer_id: 'http://localhost/webui/', consumer_id: 'http://localhost/services/deployment_planner/' },
  });

/** Orders a service of so many instances and waits until it is installed. */
export async function install(grid: RunningGrid, name: string, instances: number): Promise<void> {
  await post(grid, name, 'install_service_task', {
    display_name: name, recipe: RECIPE, planned_number_of_instances: instances, min_number_of_instances: 1, max_number_of_instances: instances,
  });
  await summary(grid, serviceId(name), 'installed', ({ state }) => state === 'SERVICE_INSTALLED', LONG_MS);
}

/** Waits until it is installed so, and nothing of it is on its way out. */
export async function scale(grid: RunningGrid, name: string, instances: number): Promise<void> {
  await post(grid, name, 'scale_service_task', { planned_number_of_instances: instances });
  await summary(grid, serviceId(name), `scaled to ${instances}`, ({ state, detail }) =>
    state === 'SERVICE_INSTALLED' && detail?.['planned'] === instances && detail['up'] === instances && detail['instances'] === instances, LONG_MS);
}

export async function uninstall(grid: RunningGrid, name: string): Promise<void> {
  await post(grid, name, 'uninstall_service_task');
  await summary(grid, serviceId(name), 'uninstalled', ({ state }) => state === 'SERVICE_UNINSTALLED', LONG_MS);
}

/** Numbers of the agents of a service, in the order of its instances. */
export async function agentsOf(grid: RunningGrid, name: string): Promise<number[]> {
  const { instances } = await lifecycle<ServiceState>(grid, serviceId(name));
  return instances.map(({ agent }) => agent);
}

export const agentOf = (grid: RunningGrid, agent: number) => lifecycle<AgentDocument>(grid, agentId(agent));

/** Process id of an agent, as it said it. */
export async function agentPid(grid: RunningGrid, agent: number): Promise<number> {
  const { hello } = await agentOf(grid, agent);
  if (!hello) throw new Error(`agent ${agent} does not work`);
  return hello.pid;
}

const lifecycle = async <T>({ api }: RunningGrid, id: string): Promise<T> => (await request<T>(api, 'GET', `/api/v1/lifecycles/${id}`)).body;

/** Events in the histories of an agent and of the one instance that is on it. */
export async function eventsOf({ client }: RunningGrid, agent: number, service: string, instance: number): Promise<number> {
  const lengths = await Promise.all([agentId(agent), instanceId(service, instance)].map(async (id) => (await client.workflow.getHandle(id).describe()).historyLength));
  return lengths.reduce((sum, length) => sum + length, 0);
}
