import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { projectRoot } from '../../config';
import { ASKED_TOO_EARLY, asksAgain, untilHeard } from '../../model/until_heard';

const WORKFLOWS = 20;
const ROUNDS = 25;
const STICKY_MS = 200;
const logger = new DefaultLogger('ERROR', () => undefined);

let connection: Connection;
let native: NativeConnection;
let workflowBundle: WorkflowBundle;

beforeAll(async () => {
  Runtime.install({ logger });
  connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS });
  native = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS });
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('./counted'), logger,
    workflowInterceptorModules: [join(projectRoot(), 'workflows/interceptors.ts')],
  });
});

afterAll(async () => {
  await native.close();
  await connection.close();
});

async function startWorker(taskQueue: string): Promise<() => Promise<void>> {
  const worker = await Worker.create({
    connection: native, namespace: process.env.TEMPORAL_NAMESPACE, taskQueue, workflowBundle, stickyQueueScheduleToStartTimeout: STICKY_MS,
  });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
  };
}

test('lifecycles that are asked and told at the moment when a worker comes back can still be replayed', async () => {
  const { workflow } = new Client({ connection, namespace: process.env.TEMPORAL_NAMESPACE });
  const taskQueue = `asked-${process.pid}-${Date.now()}`;
  const firstWorker = await startWorker(taskQueue);
  const handles = await Promise.all(Array.from({ length: WORKFLOWS }, (_, n) => workflow.start('counted', { taskQueue, workflowId: `${taskQueue}/${n}` })));
  await countAll(handles);
  await Promise.all(handles.map((handle) => handle.query('count')));
  await firstWorker();

  let refused = 0;
  const asked = handles.map((handle) => untilHeard(() => handle.query<number>('count').catch((error: Error) => {
    if (error.message.startsWith(ASKED_TOO_EARLY)) refused += 1;
    throw error;
  })));
  // Only what waits on the queue that all workers share is handed out with the whole history; nothing tells when it does.
  await sleep(5 * STICKY_MS);
  await countAll(handles);
  const told = countOften(handles);
  const secondWorker = await startWorker(taskQueue);
  const answers = await Promise.all(asked);
  await told;
  await secondWorker();

  const broken = (await Promise.all(handles.map(replay))).filter((error) => error !== undefined);
  await Promise.all(handles.map((handle) => handle.terminate()));
  expect(broken).toEqual([]);
  expect(Math.min(...answers)).toBeGreaterThanOrEqual(2);
  expect(refused).toBeGreaterThan(0);
});

test('clients ask again by themselves', async () => {
  let asked = 0;
  const next = async () => {
    asked += 1;
    if (asked < 3) throw new Error(`${ASKED_TOO_EARLY}: a moment`);
    return asked;
  };
  expect(await asksAgain.query('a question', next)).toBe(3);
});

const countAll = async (handles: WorkflowHandle[]) => { await Promise.all(handles.map((handle) => handle.signal('count'))); };

async function countOften(handles: WorkflowHandle[]): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) await countAll(handles);
}

const replay = async (handle: WorkflowHandle): Promise<string | undefined> =>
  Worker.runReplayHistory({ workflowBundle }, await handle.fetchHistory()).then(() => undefined, (error: Error) => `${handle.workflowId}: ${error.message.slice(0, 200)}`);
