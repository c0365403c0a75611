import { WorkflowNotFoundError, type WorkflowExecutionDescription } from '@temporalio/client';
import { maySee, type Caller } from '../../model/access';
import type { Summary } from '../../model/lifecycle';
import { SUMMARY } from '../../model/messages';
import { raise } from '../../model/raise';
import { within, type Reach } from '../../process/within';
import { notThere } from './failures';
import { pendingEffects, type PendingEffect } from './pending_effects';

const DESCRIBE_MS = 1_500;

/** What Temporal itself knows of a lifecycle, without any worker. */
export interface Described {
  id: string;
  runId: string;
  status: WorkflowExecutionDescription['status']['name'];
  historyLength: number;
  startedAt: string;
  closedAt?: string;
  /** As of the last change that the workflow published. */
  summary?: Summary;
  /** Activities that run or wait for their next attempt. */
  effects: PendingEffect[];
}

/** Where Temporal is, and who looks. */
type Seen = Reach & { caller: Caller };

/** The last run of this lifecycle, or undefined when there never was one the caller may see (or its history has expired). */
export async function findDescribed(grid: Seen, id: string): Promise<Described | undefined> {
  const found = await describeAny(grid, id);
  return found && maySee(grid.caller, { id, owner: found.summary?.owner ?? '' }) ? found : undefined;
}

/** {@link findDescribed}, whoever asks. */
export async function describeAny(grid: Reach, id: string): Promise<Described | undefined> {
  try {
    const found = await within(grid, DESCRIBE_MS, () => grid.client.workflow.getHandle(id).describe());
    return {
      id,
      runId: found.runId,
      status: found.status.name,
      historyLength: found.historyLength,
      startedAt: found.startTime.toISOString(),
      ...(found.closeTime ? { closedAt: found.closeTime.toISOString() } : {}),
      summary: found.memo?.[SUMMARY] as Summary | undefined,
      effects: await pendingEffects(grid.client, found.raw.pendingActivities ?? []),
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** @throws Problem 404 when there is none */
export const describe = async (grid: Seen, id: string): Promise<Described> => (await findDescribed(grid, id)) ?? raise(notThere(id));
