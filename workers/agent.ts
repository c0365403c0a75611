import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, DefaultLogger, Worker } from '@temporalio/worker';
import { createAgentActivities } from '../activities/agent';
import { openPlace, type AgentIdentity } from '../activities/agent/agent';
import { askGeneration } from '../activities/agent/ask_generation';
import { sayHello } from '../activities/agent/say_hello';
import { tellVitals } from '../activities/agent/tell_vitals';
import { openInstances } from '../activities/instances/instances';
import { ACTION_LABEL, actionsRoot } from '../activities/instances/run_action';
import { hasLabels } from '../activities/processes/scan';
import { sweep } from '../activities/processes/sweep';
import { readConfig, type Config } from '../config';
import { agentQueue, type Hello } from '../model/services/agent_protocol';
import { activityInterceptors } from './interceptors';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/**
 * The agent of a machine: has the instances that are on it, for the grid as long as that is there and by itself
 * otherwise. Ends only when it is told to; whatever it started outlives it.
 */
export async function runAgent(config: Config, identity: AgentIdentity, root: string): Promise<void> {
  const place = openPlace(identity, root);
  const hello: Hello = {
    agent: identity.agent, machine: identity.machine, address: identity.address,
    boot: randomUUID(), pid: process.pid, host: hostname(), startedAt: new Date().toISOString(),
  };
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ending.abort());
  let reached!: (client: Client) => void;
  const client = new Promise<Client>((resolve) => { reached = resolve; });
  const instances = openInstances(place, askGeneration(client), tellVitals(client));

  await sweep((seen) => hasLabels(seen, place.labels) && seen.environ.includes(`\0${ACTION_LABEL}=`));
  await rm(actionsRoot(place), { recursive: true, force: true });
  await instances.resume(ending.signal);
  const worker = await connected(config, hello, ending.signal, async (connection) => {
    reached(new Client({ connection, namespace: config.temporal.namespace }));
    return Worker.create({
      connection,
      namespace: config.temporal.namespace,
      taskQueue: agentQueue(hello.agent),
      identity: `agent/${hello.agent}/${hello.boot}`,
      activities: createAgentActivities({ hello, instances, ending: ending.signal }),
      interceptors: { activity: interceptors },
      maxConcurrentActivityTaskPolls: 2,
      maxConcurrentActivityTaskExecutions: 10,
      maxHeartbeatThrottleInterval: '500ms',
      shutdownGraceTime: '200ms',
    });
  });
  if (!worker) return;
  const running = worker.run();
  const end = () => worker.getState() === 'RUNNING' && worker.shutdown();
  ending.signal.addEventListener('abort', end);
  if (ending.signal.aborted) end();
  await Promise.all([running, sayHello(client, hello, ending.signal)]);
}

/** Of the common ones, all but the beat for `watch`, which has its own. */
const [beat, ...others] = activityInterceptors;
const interceptors: typeof activityInterceptors = [(context) => (context.info.activityType === 'watch' ? {} : beat!(context)), ...others];

/** Tries until the control plane is there; undefined when the agent is to end before that. */
async function connected(config: Config, { agent }: Hello, ending: AbortSignal, work: (connection: NativeConnection) => Promise<Worker>): Promise<Worker | undefined> {
  for (let pauseMs = FIRST_PAUSE_MS; !ending.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work(await NativeConnection.connect(config.temporal.connection));
    } catch (error) {
      console.log(`agent ${agent} does not reach ${config.temporal.connection.address}, and tries again in ${pauseMs / 1000} s: ${(error as Error).message}`);
    }
    await delay(pauseMs, undefined, { signal: ending }).catch(() => {});
  }
  return undefined;
}

/** Who this agent is, as the machine that it runs on was told. @throws Error naming the variable that is missing. */
function readIdentity(env: NodeJS.ProcessEnv): AgentIdentity {
  const given = (name: string): string => {
    if (!env[name]) throw new Error(`${name} is not set: an agent is started by the grid, with GRID_AGENT, GRID_MACHINE, GRID_ADDRESS and GRID_ID`);
    return env[name];
  };
  const agent = Number(given('GRID_AGENT'));
  if (!Number.isSafeInteger(agent) || agent < 0) throw new Error(`GRID_AGENT=${env['GRID_AGENT']} is not allowed: a whole number from 0 on`);
  return { agent, machine: given('GRID_MACHINE'), address: given('GRID_ADDRESS'), grid: given('GRID_ID'), run: env['GRID_RUN'] ?? '' };
}

if (require.main === module) {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  runAgent(readConfig(), readIdentity(process.env), process.cwd()).then(() => process.exit(0), (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
}
