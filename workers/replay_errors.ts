import { Worker, type ReplayHistoriesIterable, type ReplayWorkerOptions } from '@temporalio/worker';

/** Has one worker with these workflows go through all of these histories; answers by their ids how those ended that it cannot. */
export async function replayErrors(worker: ReplayWorkerOptions, histories: ReplayHistoriesIterable): Promise<Map<string, Error>> {
  const wrong = new Map<string, Error>();
  let given = 0;
  let seen = 0;
  async function* counted(): ReplayHistoriesIterable {
    for await (const history of histories) {
      given += 1;
      yield history;
    }
  }
  for await (const { workflowId, error } of Worker.runReplayHistories(worker, counted())) {
    seen += 1;
    if (error) wrong.set(workflowId, error);
  }
  if (seen !== given) throw new Error(`only ${seen} of ${given} histories were gone through`);
  return wrong;
}

/** What it is about, in one line. */
export const wordsOf = ({ message }: Error): string => (/\[TMPRL\d+\][^"\n]*/.exec(message)?.[0] ?? message.split('\n')[0]!).slice(0, 200);
