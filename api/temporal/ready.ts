import type { Client } from '@temporalio/client';
import { computeId } from '../../model/ids';
import { within, type Reach } from '../../process/within';

const CHECK_MS = 1_000;
const KEPT_MS = 1_000;
const LATELY_MS = 3_000;
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
    mine.answer.then(() => (known = mine)).catch(() => undefined);
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

/**
 * A query proves a worker at work. The default compute is the last that a worker makes at its first start (the catalog
 * is loaded by then), so whoever waits for this may launch what ships with the grid.
 */
const workerAnswers = (grid: Reach): Promise<boolean> =>
  within(grid, CHECK_MS, () => grid.client.workflow.getHandle(computeId(DEFAULT_COMPUTE)).query('document')).then(
    () => true,
    () => false,
  );
