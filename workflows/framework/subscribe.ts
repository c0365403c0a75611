import { ActivityCancellationType, CancellationScope, condition, isCancellation, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../../activities';
import { problem } from '../../model/errors';
import { computeId } from '../../model/ids';
import { enter } from '../../model/lifecycle';
import { beginAnew, mesosIdOf, untold } from '../../model/mesos/framework_state';
import { mayRun } from '../../model/mesos/tasks';
import { CONTROL_QUEUE, type Reach } from '../../model/messages';
import { fail, problemOf } from '../lifecycle/fail';
import { publish } from '../lifecycle/publish';
import { now } from '../lifecycle/run';
import { tell } from '../lifecycle/tell';
import type { FrameworkRun } from './framework_run';

/** Bounded, so that it returns now and then; a worker that dies with it is noticed by its silence. */
const HOLD_FOR_MS = 12 * 3_600_000;

/**
 * Has one worker subscribed at any time, for as long as the compute is there. What no new subscription mends is for a person:
 * who says to go on after Mesos removed the framework gets a new name for it, when all that ran under the old one is over.
 */
export const subscribe = (run: FrameworkRun) => async (): Promise<void> => {
  const { state } = run;
  if (state.isRemoved) {
    beginAnew(state, now());
    await condition(() => untold(state).length === 0);
  }
  try {
    while (!state.isEnding && !run.isLeaving) await holdOnce(run);
  } catch (error) {
    // Whoever waits for offers there has to know why none come.
    if (!isCancellation(error)) await tell(computeId(state.compute), 'reach', { problem: problemOf(error) } satisfies Reach);
    throw error;
  }
};

async function holdOnce(run: FrameworkRun): Promise<void> {
  const { state } = run;
  const end = await hold(run);
  if (state.isEnding || run.isLeaving) return;
  if (end === 'removed' || end === 'torn_down') noteRemoved(run);
  else if (end === 'failed_over') throw fail(problem(409, 'framework_taken', `Mesos says that somebody else is subscribed as ${mesosIdOf(state)}`, 'See that no other grid with the same id uses this Mesos, then retry.', { evidence: 'Framework failed over' }));
  else if (end && end !== 'called_off') throw fail(problem(422, 'framework_refused', `Mesos does not take the framework: ${end}`, 'Mend the role, user or credentials in the connector of the compute, then retry.', { evidence: end }));
}

/** Mesos' reason why nobody is subscribed any more; nothing when it shall not be, or only its worker has gone. */
async function hold(run: FrameworkRun): Promise<string | undefined> {
  const { state } = run;
  const { holdFramework } = proxyActivities<Activities>({
    taskQueue: CONTROL_QUEUE, summary: `be subscribed as ${mesosIdOf(state)}`, startToCloseTimeout: HOLD_FOR_MS, heartbeatTimeout: '3s',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED, retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '10s' },
  });
  enter(state, 'subscribing', now());
  publish(run);
  const scope = new CancellationScope();
  const isOver = () => state.isEnding === true || run.isLeaving || workflowInfo().continueAsNewSuggested;
  void condition(isOver).then(() => {
    run.isLeaving ||= !state.isEnding;
    scope.cancel();
  }, () => undefined);
  try {
    const { why, message } = await scope.run(() => holdFramework({ compute: state.compute, connector: state.connector, id: mesosIdOf(state) }));
    return why === 'refused' ? message : why;
  } catch (error) {
    if (isCancellation(error) && !CancellationScope.current().consideredCancelled) return undefined;
    throw error;
  } finally {
    run.session = '';
  }
}

/** With nothing of ours in it there is nothing to lose: the next name is taken. */
function noteRemoved({ state }: FrameworkRun): void {
  state.isRemoved = true;
  const tasks = Object.values(state.tasks).filter(mayRun);
  if (tasks.length === 0) return beginAnew(state, now());
  throw fail(problem(409, 'framework_removed', `Mesos has removed framework ${mesosIdOf(state)} and with it ${tasks.length} tasks of ours: Framework has been removed`,
    'See in its log why: it was torn down, or nobody was subscribed for weeks. Retry: its tasks are then told as lost, and new ones run under a new name.', { evidence: tasks.map(({ spec }) => spec.id).join(', ').slice(0, 500) }));
}
