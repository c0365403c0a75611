import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { Context } from '@temporalio/activity';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from '../../activities';
import { gridIdOf, projectRoot } from '../../config';
import { activityInterceptors } from '../../workers/interceptors';
import { BARE_QUEUE } from './queue';

/** Tells who started this process that the first attempt runs, and never ends; the second one ends at once. */
async function holdOnce(): Promise<void> {
  const { info, cancellationSignal } = Context.current();
  if (info.attempt > 1) return;
  process.send?.('held');
  await new Promise((resolve) => cancellationSignal.addEventListener('abort', resolve));
}

export interface BareActivities {
  holdOnce: typeof holdOnce;
}

/** A worker with the grid's activities, as the control worker has them, and none of its workflows. */
async function main([address, namespace, gridHome]: string[]): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const connection = await NativeConnection.connect({ address: address! });
  const dist = join(projectRoot(), 'dist');
  const agents = { program: join(dist, 'agent.js'), env: { TEMPORAL_ADDRESS: address!, TEMPORAL_NAMESPACE: namespace! }, timeoutMs: 30_000 };
  const worker = await Worker.create({
    connection,
    namespace: namespace!,
    taskQueue: BARE_QUEUE,
    workflowBundle: { codePath: join(dist, 'bench', 'bare-bundle.js') },
    activities: {
      ...createActivities({ client: new Client({ connection, namespace: namespace! }), gridHome: gridHome!, grid: gridIdOf({ home: gridHome! }), api: '', gridCommand: [], catalog: '', pollIntervalMs: 15_000, agents }),
      holdOnce,
    },
    interceptors: { activity: activityInterceptors },
    maxCachedWorkflows: 100,
    stickyQueueScheduleToStartTimeout: '300ms',
    maxHeartbeatThrottleInterval: '500ms',
    maxConcurrentActivityTaskExecutions: 50,
  });
  process.once('disconnect', () => process.exit(0));
  process.send?.('ready');
  await worker.run();
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
