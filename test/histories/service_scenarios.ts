import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../config';
import type { TestGrid } from '../support/grid';
import { openForeignConnector } from '../support/connectors';
import { ask, verb } from '../support/http';
import {
  agentNumber, install, installed, instanceOf, killAgent, killMachine, post, scale, serviceUri, setProperty, uninstall, uninstalled, untilPath,
} from '../support/services';

/** A catalog of the scenarios' own: what ships, and a recipe that fails until a file is there. */
export function makeCatalog(dir: string, mended: string): string {
  const catalog = join(dir, 'catalog');
  cpSync(join(projectRoot(), 'catalog'), catalog, { recursive: true });
  const recipe = join(catalog, 'recipes', 'broken');
  mkdirSync(recipe);
  writeFileSync(join(recipe, 'service.hrd'), "category = test\n\nprocess.1 =\n    cmd:sleep,\n    args:'1000',\n");
  writeFileSync(join(recipe, 'instance.hrd'), "param.colour = 'blue'\n");
  writeFileSync(join(recipe, 'actions.sh'), `#!/bin/sh\ncase "$1" in\n  configure) test -e ${mended} || { echo there is no licence >&2; exit 7; } ;;\nesac\n`);
  const kept = join(catalog, 'recipes', 'kept');
  mkdirSync(kept);
  writeFileSync(join(kept, 'service.hrd'), 'category = test\n');
  writeFileSync(join(kept, 'actions.sh'), `#!/bin/sh\ncase "$1" in\n  data_export) printf '{"location": "/backup/1"}' >"$GRID_RESULT" ;;\nesac\n`);
  return catalog;
}

/** Everything that a service can live through, each under a name of its own. */
export async function playServices(grid: TestGrid, mend: () => void, breakAgain: () => void): Promise<void> {
  for (const scenario of [whole, blocked, aborted, destroyed, silent, elsewhere, moving]) {
    breakAgain();
    await scenario(grid, mend);
    console.log(`played service ${scenario.name}`);
  }
}

const lifecycle = (grid: TestGrid, id: string, ready: (d: any) => boolean) => untilPath(grid, `/api/v1/lifecycles/${id}`, ready);
const isBlocked = (d: any) => d.conditions.some((c: any) => c.type === 'Blocked');
const agentOf = async (grid: TestGrid, name: string, n: number) => agentNumber((await instanceOf(grid, name, n)).agent_id);

async function gone(grid: TestGrid, name: string): Promise<void> {
  await uninstall(grid, name);
  await uninstalled(grid, name);
}

async function whole(grid: TestGrid): Promise<void> {
  await install(grid, 'whole', { planned: 2, max: 3 });
  await installed(grid, 'whole', 2);
  const [first, second] = [await agentOf(grid, 'whole', 0), await agentOf(grid, 'whole', 1)];
  await setProperty(grid, first, 'whole', 0, 'hello', 'world');
  await post(grid, 'scaling_rules_task', { service_id: serviceUri('whole'), scaling_rule: { property_name: 'load', high_threshold: 10, low_threshold: 1 } }, 'http://localhost/services/capacity_planner/');
  await setProperty(grid, first, 'whole', 0, 'load', 100);
  await installed(grid, 'whole', 3);
  await killAgent(grid, first);
  await untilPath(grid, `/agents/${first}/`, (d) => d.number_of_agent_restarts === 1);
  await killMachine(grid, second);
  await untilPath(grid, `/agents/${second}/`, (d) => d.number_of_machine_restarts === 1);
  await installed(grid, 'whole', 3);
  await post(grid, 'update_service_task', { service_id: serviceUri('whole'), data: { 'param.message': 'new' } });
  await lifecycle(grid, 'service/whole', (d) => d.state === 'SERVICE_INSTALLED' && d.instances.every((i: any) => i.generation === 2 && i.up));
  await post(grid, 'update_service_task', { service_id: serviceUri('whole'), rollback: true });
  await lifecycle(grid, 'service/whole', (d) => d.state === 'SERVICE_INSTALLED' && d.instances.every((i: any) => i.generation === 1 && i.up));
  await scale(grid, 'whole', 1);
  await installed(grid, 'whole', 1);
  await gone(grid, 'whole');
  await install(grid, 'whole');
  await installed(grid, 'whole', 1);
  await gone(grid, 'whole');
}

async function blocked(grid: TestGrid, mend: () => void): Promise<void> {
  await install(grid, 'blocked', { recipe: 'broken', planned: 2 });
  await lifecycle(grid, 'instance/blocked/0', isBlocked);
  await lifecycle(grid, 'instance/blocked/1', isBlocked);
  mend();
  await verb(grid, 'instance/blocked/0', 'retry');
  await verb(grid, 'service/blocked', 'repair');
  await installed(grid, 'blocked', 2);
  await gone(grid, 'blocked');
}

async function aborted(grid: TestGrid): Promise<void> {
  await install(grid, 'aborted', { recipe: 'broken' });
  await lifecycle(grid, 'instance/aborted/0', isBlocked);
  await verb(grid, 'service/aborted', 'abort');
  await uninstalled(grid, 'aborted');
}

async function destroyed(grid: TestGrid): Promise<void> {
  await install(grid, 'destroyed', { planned: 2 });
  await installed(grid, 'destroyed', 2);
  await verb(grid, 'instance/destroyed/1', 'destroy');
  await lifecycle(grid, 'service/destroyed', (d) => /instance 1 was taken down/.test(d.steps[0]?.waitingFor ?? ''));
  await verb(grid, 'service/destroyed', 'repair');
  await installed(grid, 'destroyed', 2);
  await verb(grid, 'service/destroyed', 'destroy');
  await uninstalled(grid, 'destroyed');
}

async function silent(grid: TestGrid): Promise<void> {
  await install(grid, 'silent', { planned: 4, max: 4 });
  await installed(grid, 'silent', 4);
  const pids = await Promise.all([0, 1, 2].map(async (n) => {
    const agent = await agentOf(grid, 'silent', n);
    const { hello } = await lifecycle(grid, `agent/${agent}`, () => true);
    return { agent, pid: Number(hello.pid) };
  }));
  for (const { pid } of pids) process.kill(pid, 'SIGSTOP');
  for (const { agent } of pids) await lifecycle(grid, `agent/${agent}`, (d) => d.silence?.verdict === 'suspect');
  for (const { pid } of pids.slice(1)) process.kill(pid, 'SIGCONT');
  await lifecycle(grid, `agent/${pids[0]!.agent}`, (d) => d.machineRestarts === 1 && d.operation === null);
  await installed(grid, 'silent', 4);
  await lifecycle(grid, 'service/silent', (d) => d.conditions.length === 0);
  await gone(grid, 'silent');
}

/** Some of it on machines of ours, some at a connector of others, which goes away and comes back. */
async function elsewhere(grid: TestGrid): Promise<void> {
  const connector = await openForeignConnector('later');
  const upscale = (service: string) => ask(grid, 'POST', `/service/${service}/upscale`, { compute: 'foreign' });
  await ask(grid, 'POST', '/compute', { name: 'foreign', connector: connector.url });
  await upscale('elsewhere');
  await install(grid, 'mixed', { min: 0, max: 5 });
  await installed(grid, 'mixed', 1);
  await upscale('mixed');
  await connector.close();
  await untilPath(grid, '/api/v1/computes/foreign', (d) => d.conditions.length > 0);
  await upscale('elsewhere');
  await connector.open();
  await lifecycle(grid, 'service/elsewhere', (d) => d.state === 'SERVICE_INSTALLED' && d.held.foreign.running === 2);
  for (const name of ['mixed', 'elsewhere']) await gone(grid, name);
  await ask(grid, 'DELETE', '/api/v1/computes/foreign');
  await connector.close();
}

/** Away from a compute that is drained. */
async function moving(grid: TestGrid): Promise<void> {
  await ask(grid, 'PUT', '/api/v1/computes/rack1', { connector: 'process:?net=127.92' });
  await install(grid, 'moving', { planned: 2, min: 2, compute: 'rack1' });
  await installed(grid, 'moving', 2);
  await ask(grid, 'POST', '/api/v1/computes/rack1/drain');
  await untilPath(grid, '/api/v1/computes/rack1', (d) => d.state === 'drained');
  await ask(grid, 'POST', '/api/v1/computes/rack1/undrain');
  await gone(grid, 'moving');
  await ask(grid, 'DELETE', '/api/v1/computes/rack1');
}
