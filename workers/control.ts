import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker, type ActivityInterceptorsFactory } from '@temporalio/worker';
import { createActivities } from '../activities';
import { gridIdOf, projectRoot, readConfig, type Config } from '../config';
import { CONTROL_QUEUE } from '../model/messages';
import { asksAgain } from '../model/until_heard';
import { joinMembers } from '../process/join_members';
import { activityInterceptors } from './interceptors';
import { defineComputes } from './define_computes';
import { defineDocker } from './define_docker';
import { defineHost } from './define_host';
import { definePlanners } from './define_planners';
import { loadCatalog } from './load_catalog';

export interface ControlOptions {
  config: Config;
  /** Tests put theirs around every activity. */
  interceptors?: ActivityInterceptorsFactory[];
  bundlePath?: string;
}

/** A control worker: all workflows, and the activities that need no particular machine. Runs until it is told to stop. */
export async function runControlWorker({ config, interceptors = [], bundlePath }: ControlOptions): Promise<void> {
  const connection = await NativeConnection.connect(config.temporal.connection);
  const client = new Client({ connection, namespace: config.temporal.namespace, interceptors: { workflow: [asksAgain] } });
  const dist = join(projectRoot(), 'dist');
  const worker = await Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: CONTROL_QUEUE,
    identity: `control/${config.hostname}/${process.pid}`,
    workflowBundle: { codePath: bundlePath ?? join(dist, 'workflow-bundle.js') },
    activities: createActivities({
      client, gridHome: config.home, grid: gridIdOf(config), api: config.api, tokens: config.tokens,
      gridCommand: [process.execPath, join(dist, 'grid.js')], catalog: config.catalog, pollIntervalMs: config.pollIntervalMs,
      agents: { program: join(dist, 'agent.js'), env: agentEnvironment(config), timeoutMs: config.agentTimeoutMs },
    }),
    interceptors: { activity: [...interceptors, ...activityInterceptors] },
    maxCachedWorkflows: 100,
    stickyQueueScheduleToStartTimeout: '300ms',
    maxHeartbeatThrottleInterval: '500ms',
    maxConcurrentActivityTaskExecutions: 50,
    shutdownGraceTime: '500ms',
  });
  const running = worker.run();
  const membership = joinMembers(client, { kind: 'control', hostname: config.hostname, queue: CONTROL_QUEUE, leaseMs: config.memberLeaseMs }, (why) => console.error(`not a member of the grid yet: ${why}`));
  const stop = () => void membership.leave().then(() => worker.getState() === 'RUNNING' && worker.shutdown());
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  // In this order: a grid whose host is there has its products too (see api/temporal/ready).
  await Promise.all([running, loadCatalog(client, config.catalog).then(() => definePlanners(client, config)).then(() => defineComputes(client, config.computes)).then(() => defineHost(client, config)).then(() => defineDocker(client, config))]);
  await connection.close();
}

/** What an agent needs to reach the Temporal server that this worker reaches. */
const agentEnvironment = ({ temporal, hostname }: Config): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[0].startsWith('TEMPORAL_') && entry[1] !== undefined)),
  TEMPORAL_ADDRESS: temporal.connection.address,
  TEMPORAL_NAMESPACE: temporal.namespace,
  HOST_HOSTNAME: hostname,
});

if (require.main === module) {
  runControlWorker({ config: readConfig() }).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
}

