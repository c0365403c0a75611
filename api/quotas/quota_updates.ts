import { WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { problem, type Problem } from '../../model/errors';
import { quotaId } from '../../model/ids';
import { CONTROL_QUEUE, WORKFLOW_TASK_TIMEOUT, type QuotaMessages } from '../../model/messages';
import { newQuota, type Limits, type QuotaView } from '../../model/quota';
import { raise } from '../../model/raise';
import { untilProcessed } from '../../model/until_processed';
import { within } from '../../process/within';
import type { Grid } from '../http/grid';

/** It looks at every cluster of its owner. */
const UPDATE_MS = 10_000;

export const noQuota = (owner: string): Problem => problem(404, 'no_quota', `there is no quota for ${owner}: nothing is limited`, 'Set one: `grid quota set`.');

/** @throws Problem 404 `no_quota` */
export async function updateQuota<R>(grid: Grid, owner: string, update: Exclude<QuotaMessages, 'set' | 'claim'>): Promise<R> {
  try {
    return await within(grid, UPDATE_MS, () => untilProcessed(() => grid.client.workflow.getHandle(quotaId(owner)).executeUpdate<R, []>(update, { args: [] })));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return raise(noQuota(owner));
    throw error;
  }
}

/** Sets it, for the first time too. */
export const setQuota = (grid: Grid, owner: string, limits: Limits): Promise<QuotaView> =>
  within(grid, UPDATE_MS, () => untilProcessed(() => {
    const startWorkflowOperation = new WithStartWorkflowOperation('quota', {
      workflowId: quotaId(owner), args: [newQuota(owner)], taskQueue: CONTROL_QUEUE, workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      workflowIdConflictPolicy: 'USE_EXISTING', staticSummary: `quota of ${owner}`,
    });
    return grid.client.workflow.executeUpdateWithStart<Workflow, QuotaView, [Limits]>('set' satisfies QuotaMessages, { args: [limits], startWorkflowOperation });
  }));
