import { Worker } from '@temporalio/worker';
import type { TestGrid } from './grid';
import { withTemporal } from './temporal';

/**
 * What of everything that a grid lived through today's code would not do again: an id and why, for each. Nothing, that
 * is.
 */
export async function unreplayable(grid: TestGrid): Promise<string[]> {
  const wrong: string[] = [];
  await withTemporal(grid, async (client) => {
    for await (const run of client.workflow.list()) {
      const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
      await Worker.runReplayHistory({ workflowBundle: { codePath: process.env.GRID_TEST_WORKFLOW_BUNDLE! } }, history, run.workflowId).catch((error: Error) => {
        wrong.push(`${run.workflowId} ${run.runId}: ${/TMPRL\d+\][^"]*/.exec(error.message)?.[0] ?? error.message.slice(0, 200)}`);
      });
    }
  });
  return wrong;
}
