import { setTimeout as delay } from 'node:timers/promises';
import { throwProblem } from '../../problem_error';
import { inspect } from './containers';
import { ask, type AskOptions, type Engine } from './engine';
import { isRefusal, isUnknown } from './trouble';

const LIMIT_MS = 20_000;
const LONGEST_PAUSE_MS = 500;

/**
 * Ends a container by force and removes it with all that is in it but its disks, and waits until it is gone.
 * @throws ProblemError 503 `still_running`
 */
export async function removeContainer(engine: Engine, id: string, options: AskOptions = {}): Promise<void> {
  const until = Date.now() + LIMIT_MS;
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const trouble = await attempt(engine, id, options);
    if (!(await inspect(engine, id, options))) return;
    if (Date.now() > until) {
      throwProblem(503, 'still_running', `compute ${engine.host.compute}: its engine does not remove the container ${id.slice(0, 12)}`,
        'See what the engine says, and its log; then stop the machine again.', { evidence: trouble });
    }
    await delay(pauseMs, undefined, { signal: options.signal });
  }
}

/** Answers what the engine said where that need not be the last word: it may be at it already, or just not have told. */
async function attempt(engine: Engine, id: string, options: AskOptions): Promise<string | undefined> {
  try {
    await ask(engine, (docker, abortSignal) => docker.getContainer(id).remove({ force: true, v: true, abortSignal }), options);
    return undefined;
  } catch (error) {
    if (isRefusal(error, 404, 409) || (isRefusal(error) && isUnknown(error))) return error.said;
    throw error;
  }
}
