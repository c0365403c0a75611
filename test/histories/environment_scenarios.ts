import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ays, inModel, modelled, order, runIs } from '../support/environment';
import type { TestGrid } from '../support/grid';
import { verb, read } from '../support/http';
import { killMachine, untilPath } from '../support/services';

/** Everything that an environment can live through, with the recipe that fails until it is mended. */
export async function playEnvironment(grid: TestGrid, mend: () => void, breakAgain: () => void): Promise<void> {
  breakAgain();
  await order(grid, 'install', { name: 'nothing' });
  const { body } = await order(grid, 'install', { name: 'broken' });
  await runIs(grid, body.id, (run) => run.said[BROKEN]?.state === 'blocked');
  mend();
  await ays(grid, 'install', { name: 'broken' });
  await ays(grid, 'install', { name: 'webserver', data: { 'param.port': 9101 } });
  await ays(grid, 'install', { name: 'webserver' });
  for (const does of ['stop', 'start', 'restart', 'monitor', 'test']) await ays(grid, does, { name: 'webserver' });
  await ays(grid, 'install', { name: 'node.local', instance: 'n1' });
  await ays(grid, 'install', { name: 'webserver', consume: [{ category: 'node', producer: 'n1' }] });
  const [agent] = (await modelled(grid, '?name=node.local')).map((one) => one.agent as number);
  await killMachine(grid, agent!);
  await untilPath(grid, `/agents/${agent}/`, (d) => d.number_of_machine_restarts === 1);
  await untilPath(grid, `/api/v1/lifecycles/instance/${WEB}`, (d) => d.state === 'INSTANCE_STARTED' && d.operation === null && d.conditions.length === 0);
  await ays(grid, 'blueprint', { blueprint: { webserver__blue: { 'param.port': 9102 } } });
  const file = join(inModel(grid, WEB), 'service.hrd');
  writeFileSync(file, readFileSync(file, 'utf8').replace("'9101'", "'9103'"));
  const { token } = await read(grid, '/api/v1/environment/diff');
  await ays(grid, 'apply', { expect: token });
  await aborted(grid, breakAgain);
  await kept(grid);
  await ays(grid, 'reset', { domain: 'grid', force: true });
  await untilPath(grid, '/api/v1/environment/services', (d) => d.services.length === 0);
  console.log('played environment');
}

const BROKEN = 'grid__broken__main';
const WEB = 'grid__webserver__main';

/** Every other thing that can be done to a service. */
async function kept(grid: TestGrid): Promise<void> {
  await ays(grid, 'install', { name: 'kept' });
  for (const does of ['prepare', 'configure', 'cleanup', 'build', 'export', 'import', 'update', 'removedata', 'uninstall']) await ays(grid, does, { name: 'kept' });
}

async function aborted(grid: TestGrid, breakAgain: () => void): Promise<void> {
  breakAgain();
  const { body } = await order(grid, 'install', { name: 'broken', reinstall: true });
  await runIs(grid, body.id, (run) => run.said[BROKEN]?.state === 'blocked');
  await verb(grid, `instance/${BROKEN}`, 'abort');
  await runIs(grid, body.id, ({ state }) => state === 'failed');
}
