import { join } from 'node:path';
import { readRecipe } from '../../activities/catalog/read_recipe';
import { projectRoot } from '../../config';
import type { InstanceSpec } from '../../model/services/agent_protocol';
import { openAgentGround, type AgentGround } from './support/agent_ground';

let ground: AgentGround;
let spec: InstanceSpec;
beforeAll(async () => {
  ground = await openAgentGround();
  spec = await ground.spec('web', await readRecipe(join(projectRoot(), 'catalog'), 'webserver'), { data: { 'param.message': `two words; and "more" 'of' it` } });
});
afterAll(() => ground.close());

const get = async (path = '/') => (await fetch(`http://${ground.address}:8080${path}`)).text();

test('a webserver is installed, started, and answers on the address of its machine', async () => {
  await ground.install(spec);
  await ground.start(spec);
  expect(await get()).toBe(`${spec.service}/0: two words; and "more" 'of' it\n`);
  expect(await ground.vitals(spec)).toMatchObject({ health: 'ok', generation: 1, processes: [{ state: 'running', restarts: 0 }] });
});

test('an agent that is killed comes back, and finds what it had started as it was', async () => {
  const before = await ground.workloads();
  const { processes: [process] } = (await ground.vitals(spec))!;
  await ground.killAgent();
  const after = await ground.untilVitals(spec, ({ health }) => health === 'ok');
  expect(after.processes).toEqual([process]);
  expect(await ground.workloads()).toEqual(before);
  await ground.start(spec);
  expect(await ground.workloads()).toEqual(before);
});

test('it is stopped, and nothing of it is left running; removed, and nothing of it is left', async () => {
  await ground.stop(spec);
  expect(await ground.workloads()).toEqual([]);
  await expect(get()).rejects.toThrow();
  await ground.remove(spec);
  expect(await ground.list()).toEqual([]);
});
