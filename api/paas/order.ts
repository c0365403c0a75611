import { WithStartWorkflowOperation, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type { Caller } from '../../model/access';
import type { CommandPlan } from '../../model/command_plan';
import { isProblem, problem, type Problem } from '../../model/errors';
import { clusterId, launchId } from '../../model/ids';
import type { LaunchOrder, LaunchVerdict } from '../../model/messages';
import { raise } from '../../model/raise';
import { untilProcessed } from '../../model/until_processed';
import { within } from '../../process/within';
import { forbidden } from '../access/admit';
import { absolute, type Ctx, type Grid } from '../http/grid';
import { fingerprint, idempotencyKey, jobOf } from '../http/idempotency';
import { asksForPlan, plannedBy } from '../http/plan';
import { findDescribed, type Described } from '../temporal/describe';
import { problemOf } from '../temporal/failures';
import { planByWorker } from '../temporal/plan';
import { firstSummary, startOptions } from '../temporal/start';
import { queueUrlPath } from './paths';

const VERDICT_MS = 10_000;

type Asked = Omit<LaunchOrder, 'job' | 'fingerprint'>;

/** What the order would do where that is asked for (`plan`), else the order placed, bound to its plan where it names one. */
export const answerOrder = async (c: Ctx, grid: Grid, asked: Asked, plan: string | undefined): Promise<Response> =>
  asksForPlan(plan) ? c.json(await planOrder(grid, asked)) : answerPlaced(c, await placeOrder(c, grid, { ...asked, ...plannedBy(plan) }));

function answerPlaced(c: Ctx, { job }: Placed): Response {
  const url = absolute(c, queueUrlPath(job));
  c.header('Location', url);
  return c.json({ url }, 202);
}

/** What an order would do; nothing is changed. @throws Problem of the check */
export async function planOrder(grid: Grid, asked: Asked): Promise<CommandPlan> {
  refuseForeign(grid, asked);
  return planByWorker(grid, { op: 'plan_order', order: { ...asked, job: '', fingerprint: '' } });
}

interface Placed {
  /** Its place in the queue. */
  job: string;
  /** Lifecycle id of what came of it, where it was checked already. */
  cluster?: string;
}

/**
 * Places an order, and waits until its check is over. While no worker checks it the order is kept all the same. Repeated
 * under the same Idempotency-Key it is the same order.
 * @throws Problem of the check; 422 for another order under the same key
 */
export async function placeOrder(c: Ctx, grid: Grid, asked: Asked): Promise<Placed> {
  refuseForeign(grid, asked);
  const order: LaunchOrder = { ...asked, job: jobOf(c, asked.user), fingerprint: fingerprint(asked) };
  const refuseOther = idempotencyKey(c) === undefined ? () => undefined : () => refuseOtherOrder(grid, order);
  await refuseOther();
  const verdict = await verdictOn(grid, order);
  // Again, for two that came at the same time.
  await refuseOther();
  if (verdict && !verdict.accepted) raise(verdict.problem);
  return { job: order.job, ...(verdict ? { cluster: verdict.cluster } : {}) };
}

/** The token of a script orders for its own cluster, and launches none. */
function refuseForeign({ caller }: Grid, asked: Asked): void {
  if (!mayOrder(caller, asked)) raise(forbidden(`the token ${caller.name} is good for its cluster only`));
}

const mayOrder = ({ cluster }: Caller, { scale, ...asked }: Asked): boolean => cluster === undefined || (scale !== undefined && clusterId({ ...asked, number: scale.number }) === cluster);

/** What the order's check says, or undefined when nobody checked it yet. */
async function verdictOn(grid: Grid, order: LaunchOrder): Promise<LaunchVerdict | undefined> {
  try {
    return await startAndAwait(grid, order);
  } catch (error) {
    const placed = await findDescribed(grid, launchId(order.job));
    if (!placed) throw error;
    if (error instanceof WorkflowExecutionAlreadyStartedError) return earlierVerdict(placed);
    if (problemOf(error)?.status === 503) return undefined;
    throw error;
  }
}

function startAndAwait(grid: Grid, order: LaunchOrder): Promise<LaunchVerdict> {
  const { job, user, product, version, scale } = order;
  const detail = { status: 'pending', cluster: null, fingerprint: order.fingerprint, problem: null };
  const summary = firstSummary({ id: launchId(job), kind: 'launch', owner: user, state: 'pending', detail });
  const what = scale ? `scale ${product} ${version} ${scale.number} of ${user}` : `launch ${product} ${version} for ${user}`;
  const start = () => new WithStartWorkflowOperation('launchCluster', {
    ...startOptions(summary, what),
    args: [order],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
  });
  return within(grid, VERDICT_MS, () =>
    untilProcessed(() => grid.client.workflow.executeUpdateWithStart<Workflow, LaunchVerdict, []>('verdict', { args: [], updateId: 'verdict', startWorkflowOperation: start() })),
  );
}

async function refuseOtherOrder(grid: Grid, { job, fingerprint: asked }: LaunchOrder): Promise<void> {
  const placed = await findDescribed(grid, launchId(job));
  if (placed?.summary && placed.summary.detail.fingerprint !== asked) raise(otherOrder());
}

/** The order was placed and is over: its memo says how it ended. */
function earlierVerdict({ summary }: Described): LaunchVerdict | undefined {
  const { status, cluster, problem: why } = summary?.detail ?? {};
  if (status === 'error') return { accepted: false, problem: keptProblem(why) };
  return cluster ? { accepted: true, cluster: String(cluster) } : undefined;
}

/** A memo keeps a problem as JSON, shortened where it is long. */
export function keptProblem(text: unknown): Problem {
  try {
    const kept: unknown = JSON.parse(String(text));
    if (isProblem(kept)) return kept;
  } catch {
    // Shortened: said in general below.
  }
  return problem(409, 'order_refused', 'the order was refused', 'Place it again under another Idempotency-Key to see why.');
}

const otherOrder = () =>
  problem(422, 'idempotency_key_reused', 'another order was placed under this Idempotency-Key', 'Use a new key for a new order.', { field: 'Idempotency-Key' });
