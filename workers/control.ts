import { join } from 'node:path';
import { Client } from '@temporalio/client';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import { NativeConnection, Worker, type ActivityInterceptorsFactory } from '@temporalio/worker';
import { createActivities } from '../activities';
import { gridIdOf, projectRoot, readConfig, type Config } from '../config';
import { pino, type Logger } from 'pino';
import { inWords } from '../model/errors';
import { CONTROL_QUEUE } from '../model/messages';
import { asksAgain } from '../model/until_heard';
import { admission } from '../process/codec/admitted';
import { dataConverterOf, hideFailures } from '../process/codec/data_converter';
import { joinMembers } from '../process/join_members';
import { openLog } from '../process/log';
import { handsOnTrace } from '../process/tracing/hand_on';
import { openTracing, type Tracing } from '../process/tracing/tracing';
import { activityInterceptors } from './interceptors';
import { defineComputes } from './define_computes';
import { defineDocker } from './define_docker';
import { defineHost } from './define_host';
import { definePlanners } from './define_planners';
import { beFirst, buildOf } from './deployment';
import { loadCatalog } from './load_catalog';
import { openRuntime } from './runtime';
import { traceActivities } from './trace_activities';
import { workflowBundle } from './workflow_bundle';

export interface ControlOptions {
  config: Config;
  log?: Logger;
  /** None: nobody takes traces. */
  tracing?: Tracing;
  /** Tests put theirs around every activity. */
  interceptors?: ActivityInterceptorsFactory[];
  bundlePath?: string;
}

/** A control worker: all workflows, and the activities that need no particular machine. Runs until it is told to stop. */
export async function runControlWorker({ config, log = pino(), tracing, interceptors = [], bundlePath }: ControlOptions): Promise<void> {
  const connection = await NativeConnection.connect(config.temporal.connection);
  const { namespace, codecKeys } = config.temporal;
  await admission({ workflowService: connection.workflowService, namespace, keys: codecKeys })();
  const dataConverter = dataConverterOf(connection, { namespace, codecKeys });
  const client = new Client({ connection, namespace, dataConverter, interceptors: { workflow: [asksAgain, ...handsOnTrace(tracing)] } });
  const dist = join(projectRoot(), 'dist');
  const version = config.deployment === undefined ? undefined : { deploymentName: config.deployment, buildId: buildOf(dist) };
  const worker = hideFailures(await Worker.create({
    connection,
    namespace,
    dataConverter,
    taskQueue: CONTROL_QUEUE,
    identity: `control/${config.hostname}/${process.pid}`,
    workflowBundle: workflowBundle(bundlePath ?? join(dist, 'workflow-bundle.js'), codecKeys),
    activities: createActivities({
      client, gridHome: config.home, grid: gridIdOf(config), api: config.api, tokens: config.tokens,
      gridCommand: [process.execPath, join(dist, 'grid.js')], catalog: config.catalog, pollIntervalMs: config.pollIntervalMs,
      agents: { program: join(dist, 'agent.js'), env: agentEnvironment(config), timeoutMs: config.agentTimeoutMs },
    }),
    interceptors: { activity: [...interceptors, ...traceActivities(tracing), ...activityInterceptors] },
    maxCachedWorkflows: 100,
    stickyQueueScheduleToStartTimeout: '300ms',
    maxHeartbeatThrottleInterval: '500ms',
    maxConcurrentActivityTaskExecutions: 50,
    shutdownGraceTime: '500ms',
    ...(version ? { workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' } } : {}),
  }), codecKeys);
  const running = worker.run();
  const membership = joinMembers(client, { kind: 'control', hostname: config.hostname, queue: CONTROL_QUEUE, leaseMs: config.memberLeaseMs }, (why) => log.warn({ why }, 'not a member of the grid yet'));
  const stop = () => void membership.leave().then(() => worker.getState() === 'RUNNING' && worker.shutdown());
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  await Promise.all([running, define(client, config, log, version)]);
  await connection.close();
}

/** In this order: a grid whose host is there has its products too (see api/temporal/ready). */
async function define(client: Client, config: Config, log: Logger, version?: WorkerDeploymentVersion): Promise<void> {
  if (version) await beFirst(client, version);
  await loadCatalog(client, config.catalog, log);
  await definePlanners(client, config);
  await defineComputes(client, config.computes, log);
  await defineHost(client, config);
  await defineDocker(client, config, log);
}

/** What an agent needs to reach the Temporal server that this worker reaches, and to read there: where the keys are, which it has to find there itself. */
const agentEnvironment = ({ temporal, hostname }: Config): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => (entry[0].startsWith('TEMPORAL_') || entry[0] === 'GRID_CODEC_KEY') && entry[1] !== undefined)),
  TEMPORAL_ADDRESS: temporal.connection.address,
  TEMPORAL_NAMESPACE: temporal.namespace,
  HOST_HOSTNAME: hostname,
});

async function main(): Promise<void> {
  const config = readConfig();
  const log = openLog('control', config);
  const [end, tracing] = [await openRuntime('control', config, log), await openTracing('control')];
  await runControlWorker({ config, log, tracing });
  await Promise.all([end(), tracing?.end()]);
}

if (require.main === module) {
  main().then(() => process.exit(0), (error: unknown) => {
    console.error(error instanceof Error ? inWords(error) : error);
    process.exit(1);
  });
}
