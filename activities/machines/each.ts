import { Context } from '@temporalio/activity';
import type { Heartbeat } from '../../model/messages';
import { problems, type Problem } from '../../model/errors';
import { ProblemError } from '../problem_error';

const AT_ONCE = 32;

/**
 * Does the same for each item, some at once, and tells how far it is. Goes through all of them even when some fail.
 * @throws ProblemError with every item's problem; any other error as it is, so that it is tried again.
 */
export async function each<T, R>(items: readonly T[], work: (item: T, signal: AbortSignal) => Promise<R>, atOnce = AT_ONCE): Promise<R[]> {
  const context = Context.current();
  const results = new Array<R>(items.length);
  const found: Problem[] = [];
  let next = 0;
  let done = 0;
  const lane = async () => {
    for (let i = next++; i < items.length; i = next++) {
      context.cancellationSignal.throwIfAborted();
      try {
        results[i] = await work(items[i]!, context.cancellationSignal);
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        found.push(error.problem);
      }
      context.heartbeat({ done: ++done, total: items.length } satisfies Heartbeat);
    }
  };
  context.heartbeat({ done, total: items.length } satisfies Heartbeat);
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  if (found.length) throw new ProblemError(problems(found));
  return results;
}
