import type { Client } from '@temporalio/client';
import type { ReplayHistoriesIterable } from '@temporalio/worker';
import { replayErrors } from '../../workers/replay_errors';
import type { TestGrid } from './grid';
import { withTemporal } from './temporal';

/** The workflows of today's code, for {@link replayErrors}. */
export const TODAY = { workflowBundle: { codePath: process.env.GRID_TEST_WORKFLOW_BUNDLE! } };

/**
 * What of everything that a grid lived through today's code would not do again: an id and why, for each. Nothing, that
 * is.
 */
export const unreplayable = (grid: TestGrid): Promise<string[]> => withTemporal(grid, async (client) => {
  const wrong = await replayErrors(TODAY, allRuns(client));
  return [...wrong].map(([id, error]) => `${id}: ${/TMPRL\d+\][^"]*/.exec(error.message)?.[0] ?? error.message.slice(0, 200)}`);
});

async function* allRuns({ workflow }: Client): ReplayHistoriesIterable {
  for await (const { workflowId, runId } of workflow.list()) {
    yield { workflowId: `${workflowId} ${runId}`, history: await workflow.getHandle(workflowId, runId).fetchHistory() };
  }
}
