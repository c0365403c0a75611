import type { Client } from '@temporalio/client';
import { Worker, type ReplayHistoriesIterable } from '@temporalio/worker';
import type { TestGrid } from './grid';
import { withTemporal } from './temporal';

/**
 * What of everything that a grid lived through today's code would not do again: an id and why, for each. Nothing, that
 * is.
 */
export const unreplayable = (grid: TestGrid): Promise<string[]> => withTemporal(grid, async (client) => {
  const wrong = await replayErrors(allRuns(client));
  return [...wrong].map(([id, error]) => `${id}: ${/TMPRL\d+\][^"]*/.exec(error.message)?.[0] ?? error.message.slice(0, 200)}`);
});

async function* allRuns({ workflow }: Client): ReplayHistoriesIterable {
  for await (const { workflowId, runId } of workflow.list()) {
    yield { workflowId: `${workflowId} ${runId}`, history: await workflow.getHandle(workflowId, runId).fetchHistory() };
  }
}

/** Has one worker of today's code go through all of these histories; answers by their ids how those ended that it cannot. */
export async function replayErrors(histories: ReplayHistoriesIterable): Promise<Map<string, Error>> {
  const wrong = new Map<string, Error>();
  let given = 0;
  let seen = 0;
  async function* counted(): ReplayHistoriesIterable {
    for await (const history of histories) {
      given += 1;
      yield history;
    }
  }
  const results = Worker.runReplayHistories({ workflowBundle: { codePath: process.env.GRID_TEST_WORKFLOW_BUNDLE! } }, counted());
  for await (const { workflowId, error } of results) {
    seen += 1;
    if (error) wrong.set(workflowId, error);
  }
  if (seen !== given) throw new Error(`only ${seen} of ${given} histories were gone through`);
  return wrong;
}
