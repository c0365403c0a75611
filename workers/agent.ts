import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createAgentActivities } from '../activities/agent';
import { openPlace } from '../activities/agent/agent';
import { askGeneration } from '../activities/agent/ask_generation';
import { sayHello } from '../activities/agent/say_hello';
import { tellVitals } from '../activities/agent/tell_vitals';
import { openInstances } from '../activities/instances/instances';
import { ACTION_LABEL, actionsRoot } from '../activities/instances/run_action';
import { hasLabels } from '../activities/processes/scan';
import { sweep } from '../activities/processes/sweep';
import { isProblem } from '../model/errors';
import { asksAgain } from '../model/until_heard';
import { agentQueue, type Hello } from '../model/services/agent_protocol';
import { admission } from '../process/codec/admitted';
import { dataConverterOf, hideFailures } from '../process/codec/data_converter';
import { VERSION } from '../version';
import { readAgentEnvironment, type AgentEnvironment } from './agent_environment';
import { activityInterceptors } from './interceptors';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/**
 * The agent of a machine: has the instances that are on it, for the grid as long as that is there and by itself
 * otherwise. Ends only when it is told to; whatever it started outlives it.
 */
export async function runAgent({ identity, hostname, temporal }: AgentEnvironment, root: string): Promise<void> {
  const place = openPlace(identity, root);
  const hello: Hello = {
    agent: identity.agent, machine: identity.machine, address: identity.address,
    boot: randomUUID(), pid: process.pid, host: hostname, startedAt: new Date().toISOString(), version: VERSION,
  };
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ending.abort());
  let reached!: (client: Client) => void;
  const client = new Promise<Client>((resolve) => { reached = resolve; });
  const instances = openInstances(place, askGeneration(client), tellVitals(client));

  await sweep((seen) => hasLabels(seen, place.labels) && seen.environ.includes(`\0${ACTION_LABEL}=`));
  await rm(actionsRoot(place), { recursive: true, force: true });
  await instances.resume(ending.signal);
  const worker = await connected(temporal.connection, hello, ending.signal, async (connection) => {
    const { namespace, codecKeys } = temporal;
    await admission({ workflowService: connection.workflowService, namespace, keys: codecKeys })();
    const dataConverter = dataConverterOf(connection, { namespace, codecKeys });
    reached(new Client({ connection, namespace, dataConverter, interceptors: { workflow: [asksAgain] } }));
    return hideFailures(await Worker.create({
      connection,
      namespace,
      dataConverter,
      taskQueue: agentQueue(hello.agent),
      identity: `agent/${hello.agent}/${hello.boot}`,
      activities: createAgentActivities({ hello, instances, ending: ending.signal }),
      interceptors: { activity: interceptors },
      // Or each agent asks ten times at once, and a hundred agents are more than the server hears.
      activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
      maxConcurrentActivityTaskExecutions: 10,
      maxHeartbeatThrottleInterval: '500ms',
      shutdownGraceTime: '200ms',
    }), codecKeys);
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
async function connected(
  to: AgentEnvironment['temporal']['connection'], { agent }: Hello, ending: AbortSignal, work: (connection: NativeConnection) => Promise<Worker>,
): Promise<Worker | undefined> {
  for (let pauseMs = FIRST_PAUSE_MS; !ending.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work(await NativeConnection.connect(to));
    } catch (error) {
      if (isProblem(error)) throw new Error(`agent ${agent} cannot run: ${error.message}. ${error.fix}`);
      console.log(`agent ${agent} does not reach ${to.address}, and tries again in ${pauseMs / 1000} s: ${(error as Error).message}`);
    }
    await delay(pauseMs, undefined, { signal: ending }).catch(() => {});
  }
  return undefined;
}

if (require.main === module) {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  runAgent(readAgentEnvironment(process.env), process.cwd()).then(() => process.exit(0), (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
}
