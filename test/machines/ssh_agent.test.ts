import { randomInt } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { startAgentMachine, type AllocatedMachine, type StartedAgentMachine } from '../../activities/agent/start_agent_machine';
import type { Surroundings } from '../../activities/surroundings';
import { agentQueue } from '../../model/services/agent_protocol';
import { openGround, type Ground } from './process_ground';
import { openSshHost, type SshHost } from './ssh_ground';

/** As the Temporal API numbers the kinds of task queues. */
const ACTIVITIES = 2;

const { TEMPORAL_ADDRESS = '', TEMPORAL_NAMESPACE = '' } = process.env;

let host: SshHost;
let ground: Ground;
let connection: Connection;

beforeAll(async () => {
  host = await openSshHost();
  ground = openGround(host.connector({ net: '127.97' }));
  connection = await Connection.connect({ address: TEMPORAL_ADDRESS });
});
afterAll(async () => {
  await ground.stopAll();
  const left = await ground.pids();
  await connection.close();
  await host.close();
  rmSync(ground.gridHome, { recursive: true, force: true });
  expect(left).toEqual([]);
});

test('an agent on a host of its own gets all it needs there, once, and asks for work', async () => {
  const agent = randomInt(1_000, 1_000_000_000);
  const around = {
    gridHome: ground.gridHome, grid: ground.grid,
    agents: { program: 'nothing/that/is/there', env: { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE }, timeoutMs: 30_000 },
  } as unknown as Surroundings;
  const begin = (number: number) => new MockActivityEnvironment().run<[AllocatedMachine], StartedAgentMachine, (wanted: AllocatedMachine) => Promise<StartedAgentMachine>>(startAgentMachine(around), {
    compute: 'host', connector: host.connector({ net: '127.97' }), machine: `agent--${number}-g1`, owner: `agent/${number}`, agent: number, generation: 1,
    allocation: { cpu: 0.1, memMiB: 64, networks: [{ device: 'eth0', network: 'admin', address: '127.97.0.1' }], disks: [] },
  } as unknown as AllocatedMachine);
  const bundles = () => readdirSync(join(host.home, 'bin')).map((name) => [name, statSync(join(host.home, 'bin', name)).ctimeMs]);
  const { machine } = await begin(agent);
  const uploaded = bundles();
  expect(uploaded).toHaveLength(2);
  expect(machine).toMatchObject({ state: 'running', owner: `agent/${agent}` });
  expect(await pollerOf(agent, machine.id)).toMatch(new RegExp(`^agent/${agent}/`));
  await begin(agent + 1);
  expect(await pollerOf(agent + 1, `agent--${agent + 1}-g1`)).toMatch(`agent/${agent + 1}/`);
  expect(bundles()).toEqual(uploaded);
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
