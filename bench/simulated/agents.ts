import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createAgentActivities } from '../../activities/agent';
import { agentMachineId } from '../../model/ids';
import { agentQueue } from '../../model/services/agent_protocol';
import { helloOf } from './hello';
import { recordedInstances } from './records';

/** Many agents in one process: the real activities, queue by queue, on instances that are records. */
async function main([address, namespace, ...numbers]: string[]): Promise<void> {
  // Each worker would warn that it has no workflows.
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const connection = await NativeConnection.connect({ address: address! });
  const workers = await Promise.all(numbers.map(Number).map((agent) =>
    Worker.create({
      connection,
      namespace: namespace!,
      taskQueue: agentQueue(agent),
      activities: createAgentActivities({ hello: helloOf(agent, agentMachineId(agent, 1), ''), instances: recordedInstances(), ending: new AbortController().signal }),
      activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
      maxConcurrentActivityTaskExecutions: 10,
      maxHeartbeatThrottleInterval: '500ms',
    })));
  process.once('disconnect', () => process.exit(0));
  const running = workers.map((worker) => worker.run());
  process.send?.('ready');
  await Promise.all(running);
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
