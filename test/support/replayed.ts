import { Worker } from '@temporalio/worker';
import type { TestGrid } from './grid';
import { withTemporal } from './temporal';

/**
 * What of everything that a grid lived through today's code would not do again: an id and why, for each. Nothing, that
 * is. Runs in which a live worker did not make a task in time are told and left out: the SDK then may give its code in
 * two pieces what a replay gives in one.
 */
export async function unreplayable(grid: TestGrid): Promise<string[]> {
  const wrong: string[] = [];
  let leftOut = 0;
  await withTemporal(grid, async (client) => {
    for await (const run of client.workflow.list()) {
      const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
      if (history.events?.some((event) => event.workflowTaskTimedOutEventAttributes)) {
        leftOut += 1;
        continue;
      }
      await Worker.runReplayHistory({ workflowBundle: { codePath: process.env.GRID_TEST_WORKFLOW_BUNDLE! } }, history, run.workflowId).catch((error: Error) => {
        wrong.push(`${run.workflowId} ${run.runId}: ${/TMPRL\d+\][^"]*/.exec(error.message)?.[0] ?? error.message.slice(0, 200)}`);
      });
    }
  });
  if (leftOut > 0) console.warn(`not replayed: ${leftOut} runs in which a task was not made in time`);
  return wrong;
}
