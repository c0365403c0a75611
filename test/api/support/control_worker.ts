import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { readConfig } from '../../../config';
import { createActivities, type Activities } from '../../../activities';
import { computeId } from '../../../model/ids';
import { CONTROL_QUEUE } from '../../../model/messages';
import { definePlanners } from '../../../workers/define_planners';
import { ensureEntity } from '../../../workers/entities';
import { activityInterceptors } from '../../../workers/interceptors';
import { labelled } from '../../support/grid';
import { eventually, type ApiUnderTest } from './api_under_test';

export interface ControlWorker {
  home: string;
  /** Makes the compute `host` and waits until it is ready. */
  defineHost(): Promise<void>;
  /** Makes the planners, which every grid has. */
  definePlanners(): Promise<void>;
  stop(): Promise<void>;
  /** Stops, and ends what its machines left. */
  end(): Promise<void>;
}

const LOOPBACK_NET = 230 + (process.pid % 20);

/** A control worker in this process: the grid's workflows and activities, but for those that a test puts in their place. */
export async function startControlWorker(grid: ApiUnderTest, instead: (real: Activities) => Partial<Activities> = () => ({}), earlier?: ControlWorker): Promise<ControlWorker> {
  const home = earlier?.home ?? mkdtempSync(join(tmpdir(), 'grid-api-'));
  if (!earlier) writeFileSync(join(home, 'grid-id'), randomBytes(4).toString('hex'));
  const gridId = readFileSync(join(home, 'grid-id'), 'utf8');
  beQuiet();
  const connection = await NativeConnection.connect({ address: grid.address });
  const client = new Client({ connection, namespace: grid.namespace });
  const activities = createActivities({ client, gridHome: home, grid: gridId, api: grid.api, tokens: grid.tokens, gridCommand: ['false'], catalog: 'catalog', pollIntervalMs: 1_000, agents: { program: 'dist/agent.js', env: {}, timeoutMs: 30_000 } });
  const worker = await Worker.create({
    connection, namespace: grid.namespace, taskQueue: CONTROL_QUEUE,
    workflowBundle: { codePath: process.env.GRID_TEST_WORKFLOW_BUNDLE! },
    activities: { ...activities, ...instead(activities) },
    interceptors: { activity: activityInterceptors },
    stickyQueueScheduleToStartTimeout: '300ms', maxHeartbeatThrottleInterval: '100ms', shutdownGraceTime: '100ms',
  });
  const running = worker.run();
  const end = async () => {
    worker.shutdown();
    await running;
    await connection.close();
  };
  let ended: Promise<void> | undefined;
  const stop = () => (ended ??= end());
  return {
    home, stop,
    defineHost: () => defineHost(client),
    definePlanners: () => definePlanners(client, readConfig({})),
    end: async () => {
      await stop();
      for (const pid of labelled(home)) process.kill(pid, 'SIGKILL');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The runtime goes when nothing uses it, and comes back with what is default: said before each use. */
export function beQuiet(): void {
  try {
    Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'ERROR', forward: {} } } });
  } catch {
    // It is in use, by us.
  }
}

async function defineHost(client: Client): Promise<void> {
  const input = { name: 'host', connector: `process:?net=127.${LOOPBACK_NET}` };
  await ensureEntity(client, { workflow: 'compute', id: computeId('host'), input, summary: 'compute host' });
  await eventually(() => client.workflow.getHandle(computeId('host')).query<{ state: string }>('document'), ({ state }) => state === 'ready');
}
