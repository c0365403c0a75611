import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { computeId } from '../../model/ids';
import { CONTROL_QUEUE } from '../../model/messages';
import { within, type Reach } from './within';

const CHECK_MS = 1_000;
const KEPT_MS = 1_000;
const LATELY_MS = 3_000;
/** A worker's poll lasts up to a minute, so the last one of a live worker is no older. */
const POLL_MS = 65_000;
const DEFAULT_COMPUTE = 'host';

export interface Readiness {
  temporal: boolean;
  controlWorker: boolean;
}

export interface Watch {
  /** As it is now, at most a second old. */
  now: () => Promise<Readiness>;
  /** As it lately was, without waiting where a recent answer is there: for marking what may be out of date. */
  lately: () => Promise<Readiness>;
}

/** Whether Temporal answers and a control worker does its work; asked at most once a second, and only on demand. */
export function watchReadiness(client: Client, namespace: string): Watch {
  const grid = { client, namespace };
  let asked = { at: -Infinity, answer: Promise.resolve({ temporal: false, controlWorker: false }) };
  let known = { at: -Infinity, answer: asked.answer };
  const now = () => {
    if (Date.now() - asked.at <= KEPT_MS) return asked.answer;
    const mine = { at: Date.now(), answer: look(grid) };
    asked = mine;
    void mine.answer.then(() => (known = mine));
    return mine.answer;
  };
  const lately = () => {
    const fresh = now();
    return Date.now() - known.at <= LATELY_MS ? known.answer : fresh;
  };
  return { now, lately };
}

async function look(grid: Reach): Promise<Readiness> {
  const [known, works] = await Promise.all([temporalAnswers(grid), workerAnswers(grid)]);
  return { temporal: known, controlWorker: works };
}

const temporalAnswers = (grid: Reach): Promise<boolean> =>
  within(grid, CHECK_MS, () => grid.client.workflowService.describeNamespace({ namespace: grid.namespace })).then(
    () => true,
    () => false,
  );

/** A query proves a worker at work; before the first compute is there, a poller has to do. */
async function workerAnswers(grid: Reach): Promise<boolean> {
  try {
    await within(grid, CHECK_MS, () => grid.client.workflow.getHandle(computeId(DEFAULT_COMPUTE)).query('document'));
    return true;
  } catch (error) {
    return error instanceof WorkflowNotFoundError && polled(grid).catch(() => false);
  }
}

async function polled(grid: Reach): Promise<boolean> {
  const { pollers } = await within(grid, CHECK_MS, () =>
    grid.client.workflowService.describeTaskQueue({
      namespace: grid.namespace,
      taskQueue: { name: CONTROL_QUEUE },
      taskQueueType: temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    }),
  );
  return pollers.some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 > Date.now() - POLL_MS);
}
