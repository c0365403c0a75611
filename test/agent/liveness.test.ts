import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import type { InstanceSpec } from '../../model/services/agent_protocol';
import { memoryOf, openAgentGround, type AgentGround } from './support/agent_ground';
import { recipeOf } from './support/recipe_of';

/** Stands between the agent and Temporal, and can be away. */
async function openGate() {
  const [host, port] = process.env.TEMPORAL_ADDRESS!.split(':') as [string, string];
  const open = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(Number(port), host);
    for (const socket of [near, far]) open.add(socket.on('error', () => {}).on('close', () => open.delete(socket)));
    near.pipe(far).pipe(near);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port: own } = server.address() as { port: number };
  const shut = async () => {
    if (!server.listening) return;
    const closed = once(server.close(), 'close');
    open.forEach((socket) => socket.destroy());
    await closed;
  };
  return { address: `127.0.0.1:${own}`, shut, reopen: () => once(server.listen(own, '127.0.0.1'), 'listening') };
}

let gate: Awaited<ReturnType<typeof openGate>>;
let ground: AgentGround;
beforeAll(async () => {
  gate = await openGate();
  ground = await openAgentGround({ temporalAddress: gate.address });
});
afterAll(async () => {
  await ground.close();
  await gate.shut();
});

const up = async (name: string): Promise<InstanceSpec> => {
  const spec = await ground.spec(name, recipeOf());
  await ground.install(spec);
  await ground.start(spec);
  return spec;
};
const answer = async () => Number(await (await fetch(`http://${ground.address}:9100`)).text());
const until = async (is: () => Promise<boolean>) => {
  for (const end = Date.now() + 30_000; !(await is().catch(() => false)); await new Promise((soon) => setTimeout(soon, 50))) {
    if (Date.now() > end) throw new Error(`it did not come to that\n${await ground.log()}`);
  }
};

test('says hello with the facts of its process and machine, and the same when it is asked', async () => {
  const [hello] = await ground.hellos();
  expect(hello).toMatchObject({ agent: ground.agent, machine: ground.machine.id, address: ground.address, pid: expect.any(Number) });
  expect(await ground.call('probe')).toEqual(hello);
});

test('its watch beats ten times within its timeout, with all that it has; a heap that stays small', async () => {
  const spec = await up('watched');
  const watch = await ground.openWatch();
  await until(async () => (await watch.beat())?.instances[0]?.health === 'ok');
  const first = (await watch.beat())!;
  expect(first).toMatchObject({ boot: (await ground.hellos())[0]!.boot, instances: [{ service: spec.service, processes: [{ state: 'running' }] }] });
  await until(async () => Date.parse((await watch.beat())!.at) - Date.parse(first.at) >= 2_000);
  const memory = memoryOf(await ground.agentPid());
  console.log(`agent with one instance and a watch: ${memory.rssMiB} MiB resident, ${memory.ownMiB} MiB of it its own`);
  expect(memory.rssMiB).toBeLessThan(100);
  expect(memory.ownMiB).toBeLessThan(45);

  const silentAt = performance.now();
  process.kill(await ground.agentPid(), 'SIGSTOP');
  const stopped = await ground.agentPid();
  const ended = await watch.ended;
  const noticedMs = performance.now() - silentAt;
  process.kill(stopped, 'SIGKILL');
  expect(ended).toBeInstanceOf(ApplicationFailure);
  expect((ended as ApplicationFailure).type).toBe(TimeoutFailure.name);
  console.log(`silence noticed after ${Math.round(noticedMs)} ms of 3000`);
  expect(noticedMs).toBeLessThan(3_500);
  await ground.untilHellosAfter(stopped);
  await ground.remove(spec);
});

test('an agent that is told to end says so at once to whoever watches, and its keeper does not let it be the last', async () => {
  const watch = await ground.openWatch();
  await until(async () => (await watch.beat()) !== undefined);
  const pid = await ground.agentPid();
  const at = performance.now();
  process.kill(pid, 'SIGTERM');
  const ended = (await watch.ended) as ApplicationFailure;
  expect(ended.type).toBe('AgentShutdown');
  expect(performance.now() - at).toBeLessThan(1_500);
  await ground.untilHellosAfter(pid);
  expect(await ground.log()).toMatch(/the agent ended with 0 and is started again in [\d.]+ s/);
});

test('while the control plane is away, and the agent restarted meanwhile, services run on and are kept; then it is there again', async () => {
  const spec = await up('alone');
  const before = await answer();
  const agent = await ground.agentPid();
  await gate.shut();
  process.kill(agent, 'SIGKILL');
  await until(async () => (await ground.log()).includes('does not reach'));
  expect(await answer()).toBe(before);
  process.kill(before, 'SIGKILL');
  await until(async () => (await answer()) !== before);
  const after = await answer();
  await gate.reopen();
  await ground.untilHellosAfter(agent);
  expect(await ground.untilVitals(spec, (v) => v.health === 'ok')).toMatchObject({ processes: [{ pid: after, restarts: 1 }] });
  await ground.remove(spec);
});

test('an agent that ends at once is started again after longer and longer pauses', async () => {
  for (let i = 0; i < 2; i++) await ground.killAgent();
  const pauses = [...(await ground.log()).matchAll(/the agent ended with 137 and is started again in ([\d.]+) s/g)].map(([, pause]) => Number(pause));
  expect(pauses.at(-1)).toBeGreaterThan(pauses.at(-2)!);
});
