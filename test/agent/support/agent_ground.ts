import { randomInt, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { agentCommand } from '../../../activities/agent/agent_command';
import { recipeChecksum } from '../../../activities/instances/recipe_files';
import { openDriver } from '../../../activities/machines/open_driver';
import { scanProcesses } from '../../../activities/processes/scan';
import { sweepByLabel } from '../../../activities/processes/sweep';
import { projectRoot } from '../../../config';
import { agentId, instanceId, serviceId } from '../../../model/ids';
import type { Problem } from '../../../model/errors';
import type { Machine, MachineSpec } from '../../../model/machine';
import { agentQueue, type AgentBeat, type Hello, type InstanceSpec, type InstanceVitals, type PhaseResult } from '../../../model/services/agent_protocol';
import type { Recipe } from '../../../model/services/recipe';

const never = new AbortController().signal;
const QUEUE = `agent-test-${process.pid}`;

Runtime.install({ logger: new DefaultLogger('ERROR') });

/** A real agent on a real machine of the `process:` driver, and what it talks to. */
export interface AgentGround {
  agent: number;
  address: string;
  grid: string;
  client: Client;
  machine: Machine;
  /** Root directory of the machine. */
  root: string;
  driver: ReturnType<typeof openDriver>;
  /** A spec whose recipe is there to be asked for. */
  spec(service: string, recipe: Recipe | Record<string, string>, more?: Partial<InstanceSpec>): Promise<InstanceSpec>;
  install(spec: InstanceSpec): Promise<PhaseResult>;
  start(spec: InstanceSpec): Promise<PhaseResult>;
  stop(spec: InstanceSpec): Promise<PhaseResult>;
  remove(spec: InstanceSpec): Promise<PhaseResult>;
  removeAll(): Promise<void>;
  list(): Promise<InstanceVitals[]>;
  vitals(spec: InstanceSpec): Promise<InstanceVitals | undefined>;
  /** Waits until the vitals of the instance are such. */
  untilVitals(spec: InstanceSpec, are: (vitals: InstanceVitals) => boolean, withinMs?: number): Promise<InstanceVitals>;
  call<T>(activity: string, args?: unknown[], timeoutMs?: number): Promise<T>;
  hellos(): Promise<Hello[]>;
  /** What the instance was told of its vitals, as soon as the last of it is such. */
  untilTold(spec: InstanceSpec, is: (last: InstanceVitals) => boolean): Promise<InstanceVitals[]>;
  /** Last beat of a watch that is open, see {@link openWatch}. */
  openWatch(heartbeatTimeoutMs?: number): Promise<{ beat(): Promise<AgentBeat | undefined>; ended: Promise<unknown> }>;
  /** pid of the agent itself. */
  agentPid(): Promise<number>;
  /** Kills the agent (-9) and waits until another one said hello. */
  killAgent(): Promise<void>;
  /** Waits until another agent than this one said hello. */
  untilHellosAfter(pid: number): Promise<void>;
  log(): Promise<string>;
  /** Living processes of the machine by what they run, without the keeper and the agent. */
  workloads(): Promise<number[]>;
  close(): Promise<void>;
}

export async function openAgentGround({ temporalAddress }: { temporalAddress?: string } = {}): Promise<AgentGround> {
  const gridHome = mkdtempSync(join(tmpdir(), 'grid-agent-'));
  const grid = randomUUID();
  const agent = randomInt(1_000, 1_000_000_000);
  const address = `127.${randomInt(100, 250)}.${randomInt(1, 250)}.${randomInt(2, 250)}`;
  const { TEMPORAL_ADDRESS = '', TEMPORAL_NAMESPACE = '' } = process.env;
  const connection = await Connection.connect({ address: TEMPORAL_ADDRESS });
  const client = new Client({ connection, namespace: TEMPORAL_NAMESPACE });
  const native = await NativeConnection.connect({ address: TEMPORAL_ADDRESS });
  const queue = `${QUEUE}-${agent}`;
  const worker = await Worker.create({ connection: native, namespace: TEMPORAL_NAMESPACE, taskQueue: queue, workflowsPath: require.resolve('./workflows') });
  const running = worker.run();
  const standIns: string[] = [];
  const standIn = async (workflowId: string) => {
    await client.workflow.start('standIn', { workflowId, taskQueue: queue, args: [[]], workflowIdConflictPolicy: 'USE_EXISTING' });
    standIns.push(workflowId);
  };
  const driver = openDriver({ name: 'host', connector: 'process:', gridHome, grid });
  const id = `agent--${agent}-g1`;
  const machineSpec: MachineSpec = {
    id, owner: agentId(agent), node: 'agent', generation: 1, cpu: 0.1, memMiB: 64, disks: [],
    command: agentCommand(process.execPath, join(projectRoot(), 'dist', 'agent.js')),
    env: { GRID_AGENT: String(agent), TEMPORAL_ADDRESS: temporalAddress ?? TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE },
    networks: [{ device: 'eth0', network: 'admin', address }],
  };
  await standIn(agentId(agent));
  const query = <T>(workflowId: string, name: string) => client.workflow.getHandle(workflowId).query<T>(name);

  const ground: AgentGround = {
    agent, address, grid, client, driver, root: join(gridHome, 'machines', id, 'root'), machine: undefined as unknown as Machine,
    async spec(service, recipe, more = {}) {
      const name = `${service}-${agent}`;
      const whole: Recipe = typeof recipe['checksum'] === 'string' && typeof recipe['files'] === 'object'
        ? (recipe as Recipe)
        : { name: service, checksum: recipeChecksum(recipe as Record<string, string>), files: recipe as Record<string, string>, machine: { cpu: 0.1, memMiB: 64 } };
      const spec: InstanceSpec = {
        service: name, instance: 0, generation: 1, recipe: { name: whole.name, checksum: whole.checksum },
        source: serviceId(name), data: {}, actionTimeoutMs: 20_000, ...more,
      };
      await standIn(spec.source);
      await standIn(instanceId(spec.service, spec.instance));
      await client.workflow.getHandle(spec.source).signal('generation', { number: spec.generation, recipe: whole, data: spec.data });
      return spec;
    },
    install: (spec) => ground.call('installInstance', [spec]),
    start: (spec) => ground.call('startInstance', [spec]),
    stop: (spec) => ground.call('stopInstance', [spec]),
    remove: (spec) => ground.call('removeInstance', [spec]),
    async removeAll() {
      for (const { service, instance } of await ground.list()) await ground.call('removeInstance', [{ service, instance }]);
    },
    list: () => ground.call('listInstances'),
    vitals: async (spec) => (await ground.list()).find((one) => one.service === spec.service && one.instance === spec.instance),
    async untilVitals(spec, are, withinMs = 20_000) {
      let last: InstanceVitals | undefined;
      for (const end = Date.now() + withinMs; Date.now() < end; await sleep(100)) {
        last = await ground.vitals(spec);
        if (last && are(last)) return last;
      }
      throw new Error(`${spec.service} did not get there: ${JSON.stringify(last, null, 1)}\n${await ground.log()}`);
    },
    async call(activity, args = [], timeoutMs = 60_000) {
      const options = { taskQueue: agentQueue(agent), scheduleToStartTimeout: 20_000, startToCloseTimeout: timeoutMs, heartbeatTimeout: 5_000, retry: { maximumAttempts: 1 } };
      try {
        return await client.workflow.execute('perform', { workflowId: randomUUID(), taskQueue: queue, args: [activity, args, options] });
      } catch (error) {
        throw problemIn(error) ?? error;
      }
    },
    hellos: () => query<Hello[]>(agentId(agent), 'hellos'),
    async untilTold(spec, is) {
      let told: InstanceVitals[] = [];
      for (const end = Date.now() + 20_000; Date.now() < end; await sleep(100)) {
        told = await query<InstanceVitals[]>(instanceId(spec.service, spec.instance), 'vitals');
        if (told.length > 0 && is(told.at(-1)!)) return told;
      }
      throw new Error(`${spec.service} was not told: ${JSON.stringify(told, null, 1)}`);
    },
    async openWatch(heartbeatTimeout = 3_000) {
      const options = { taskQueue: agentQueue(agent), startToCloseTimeout: 600_000, heartbeatTimeout, retry: { maximumAttempts: 1 } };
      const handle = await client.workflow.start('perform', { workflowId: randomUUID(), taskQueue: queue, args: ['watch', [], options] });
      return {
        ended: handle.result().catch((error: unknown) => (error instanceof WorkflowFailedError ? error.cause : error)),
        async beat() {
          const payload = (await handle.describe()).raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
          return payload ? (JSON.parse(Buffer.from(payload).toString()) as AgentBeat) : undefined;
        },
      };
    },
    agentPid: async () => (await ground.hellos()).at(-1)!.pid,
    async killAgent() {
      const pid = await ground.agentPid();
      process.kill(pid, 'SIGKILL');
      await ground.untilHellosAfter(pid);
    },
    untilHellosAfter: (pid) => untilHello((hellos) => hellos.at(-1)?.pid !== pid),
    log: async () => (await driver.logs(id, { tailLines: 100 }, never)).text,
    async workloads() {
      const seen = await scanProcesses();
      return seen.filter((one) => one.environ.includes(`\0GRID_ID=${grid}\0`) && one.environ.includes('\0GRID_PROCESS=')).map((one) => one.pid);
    },
    async close() {
      await driver.stop(id, { graceMs: 5_000 }, never);
      const left = {
        pids: (await scanProcesses()).filter((seen) => seen.environ.includes(`\0GRID_ID=${grid}\0`)).map((one) => one.pid),
        machines: readdirSync(join(gridHome, 'machines')).filter((name) => name !== 'started'),
      };
      await sweepByLabel({ GRID_ID: grid });
      rmSync(gridHome, { recursive: true, force: true });
      await Promise.all([...new Set(standIns)].map((workflowId) => client.workflow.getHandle(workflowId).signal('end')));
      worker.shutdown();
      await running;
      await Promise.all([native.close(), connection.close()]);
      expect(left).toEqual({ pids: [], machines: [] });
    },
  };

  async function untilHello(are: (hellos: Hello[]) => boolean): Promise<void> {
    for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) {
      if (are(await ground.hellos())) return;
    }
    throw new Error(`the agent said no hello:\n${await ground.log()}`);
  }

  ground.machine = await driver.start(machineSpec, never);
  await untilHello((hellos) => hellos.length > 0);
  return ground;
}

function problemIn(error: unknown): Problem | undefined {
  const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
  return cause instanceof ApplicationFailure && cause.details?.[0] ? (cause.details[0] as Problem) : undefined;
}

/** Memory of a process, resident and its own. */
export function memoryOf(pid: number): { rssMiB: number; ownMiB: number } {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  const mib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1]) / 1024;
  return { rssMiB: Math.round(mib('Rss')), ownMiB: Math.round(mib('Private_Clean') + mib('Private_Dirty')) };
}
