import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { startAgentMachine, type AllocatedMachine, type StartedAgentMachine } from '../../activities/agent/start_agent_machine';
import { openDriver } from '../../activities/machines/open_driver';
import { readSshConnector } from '../../activities/machines/ssh/connector';
import { openSession } from '../../activities/machines/ssh/session';
import { opens } from '../../activities/opens';
import type { Surroundings } from '../../activities/surroundings';
import { agentQueue } from '../../model/services/agent_protocol';
import { testNeeding } from '../support/parts';
import { openGround, type Ground } from './process_ground';
import { openSshHost, type SshHost } from './ssh_ground';

const test = testNeeding(['sshd']);

/** As the Temporal API numbers the kinds of task queues. */
const ACTIVITIES = 2;

const { TEMPORAL_ADDRESS = '', TEMPORAL_NAMESPACE = '' } = process.env;

let host: SshHost;
let ground: Ground;
let connection: Connection;
let leading: { end(): Promise<void> };

beforeAll(async () => {
  host = await openSshHost();
  ground = openGround(host.connector({ net: '127.97' }));
  connection = await Connection.connect({ address: TEMPORAL_ADDRESS });
  leading = lead();
});
afterAll(async () => {
  await leading.end();
  await ground.stopAll();
  const left = await ground.pids();
  await connection.close();
  await host.close();
  rmSync(ground.gridHome, { recursive: true, force: true });
  expect(left).toEqual([]);
});

/** As the watch of a compute does. */
function lead() {
  const controller = new AbortController();
  const done = ground.driver.lead!(TEMPORAL_ADDRESS, controller.signal);
  return { end: () => (controller.abort(), done) };
}

const port = () => Number(readlinkSync(join(host.home, 'temporal', ground.grid)));

const begin = (number: number) => {
  const around = {
    gridHome: ground.gridHome, grid: ground.grid,
    agents: { program: 'nothing/that/is/there', env: { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE }, timeoutMs: 30_000 },
  } as unknown as Surroundings;
  return new MockActivityEnvironment().run<[AllocatedMachine], StartedAgentMachine, (wanted: AllocatedMachine) => Promise<StartedAgentMachine>>(startAgentMachine(around), {
    compute: 'host', connector: host.connector({ net: '127.97' }), machine: `agent--${number}-g1`, owner: `agent/${number}`, agent: number, generation: 1,
    allocation: { cpu: 0.1, memMiB: 64, networks: [{ device: 'eth0', network: 'admin', address: '127.97.0.1' }], disks: [] },
  } as unknown as AllocatedMachine);
};

test('an agent on a host of its own gets all it needs there, once, and asks for work at a port of that host', async () => {
  const agent = randomInt(1_000, 1_000_000_000);
  const bundles = () => readdirSync(join(host.home, 'bin')).map((name) => [name, statSync(join(host.home, 'bin', name)).ctimeMs]);
  const { machine } = await begin(agent);
  const uploaded = bundles();
  expect(uploaded).toHaveLength(2);
  expect(machine).toMatchObject({ state: 'running', owner: `agent/${agent}` });
  expect(await pollerOf(agent, machine.id)).toMatch(new RegExp(`^agent/${agent}/`));
  expect(readFileSync(`/proc/${machine.ref['pid']}/environ`, 'latin1')).toContain(`\0TEMPORAL_ADDRESS=127.0.0.1:${port()}\0`);
  await begin(agent + 1);
  expect(await pollerOf(agent + 1, `agent--${agent + 1}-g1`)).toMatch(`agent/${agent + 1}/`);
  expect(bundles()).toEqual(uploaded);
});

test('the port is the same when the connection was broken, and one of two has it, the other when it is free', async () => {
  await begin(randomInt(1_000, 1_000_000_000));
  const chosen = port();
  const listens = () => opens('127.0.0.1', chosen, 1_000);
  while (!(await listens())) await sleep(50);
  await host.stop();
  expect(await listens()).toBe(false);
  await host.start();
  while (!(await listens())) await sleep(50);
  const [other] = readSshConnector({ name: 'other', grid: ground.grid }, host.connector()).values();
  const second = await openSession(other!, () => {});
  const to = { host: '127.0.0.1', port: Number(TEMPORAL_ADDRESS.split(':')[1]) };
  expect(await second.forward(chosen, to, AbortSignal.abort())).toBe(false);
  await leading.end();
  expect(await listens()).toBe(false);
  expect(await second.forward(chosen, to, AbortSignal.abort())).toBe(true);
  leading = lead();
  while (!(await listens())) await sleep(50);
});

test('a host whose sshd refuses to forward says so, and how to mend it', async () => {
  const closed = await openSshHost(['AllowTcpForwarding local']);
  try {
    const driver = openDriver({ name: 'closed', connector: closed.connector(), gridHome: ground.gridHome, grid: ground.grid });
    await expect(driver.agentProgram!(TEMPORAL_ADDRESS)).rejects.toMatchObject({ problem: { status: 422, code: 'forwarding_refused', fix: expect.stringContaining('AllowTcpForwarding') } });
  } finally {
    await closed.close();
  }
});

/** Who asks for the work of an agent, as soon as somebody does. */
async function pollerOf(agent: number, machine: string): Promise<string> {
  for (;;) {
    const { pollers } = await connection.workflowService.describeTaskQueue({ namespace: TEMPORAL_NAMESPACE, taskQueue: { name: agentQueue(agent) }, taskQueueType: ACTIVITIES });
    if (pollers?.[0]?.identity) return pollers[0].identity;
    if ((await ground.find(machine))?.state !== 'running') throw new Error(`the agent ended: ${(await ground.find(machine))?.lastOutput}`);
    await sleep(100);
  }
}
