import { setTimeout as delay } from 'node:timers/promises';
import { throwProblem } from '../problem_error';
import { sendSignal, statProcess } from './identity';
import { hasLabels, scanProcesses, type SeenProcess } from './scan';

/** How long processes may take to die after they were killed. */
const SWEEP_LIMIT_MS = 10_000;

/**
 * Kills every process that `isOurs` recognises, until a look at the whole host finds none. What a process forked while
 * it was being killed is found by the next look.
 * @throws ProblemError 503 `still_running` when some will not die.
 */
export async function sweep(isOurs: (seen: SeenProcess) => boolean): Promise<void> {
  const deadline = Date.now() + SWEEP_LIMIT_MS;
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    const ours = (await scanProcesses()).filter(isOurs);
    if (ours.length === 0) return;
    if (Date.now() > deadline) {
      throwProblem(503, 'still_running', `${ours.length} processes do not end although they were killed`,
        'Look at these processes on the host (a disk or network file system that does not answer?), then retry.',
        { evidence: ours.map((p) => p.pid).join(' ') });
    }
    for (const seen of ours) killSame(seen);
    // The kernel tells nobody but the parent of a death, and these are not our children.
    await delay(pauseMs);
  }
}

/** {@link sweep} of everything that was started with all of these labels in its environment. */
export const sweepByLabel = (labels: Record<string, string>): Promise<void> => sweep((seen) => hasLabels(seen, labels));

function killSame(seen: SeenProcess): void {
  if (statProcess(seen.pid)?.startTime === seen.startTime) sendSignal(seen.pid, 'SIGKILL');
}
