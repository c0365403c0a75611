import { allHandlersFinished, CancellationScope, condition, continueAsNew, defineQuery, setHandler } from '@temporalio/workflow';
import { computeId } from '../../model/ids';
import { beginOperation, blockedStep, enter, endOperation } from '../../model/lifecycle';
import { FRAMEWORK_OPERATIONS, mesosIdOf, newFramework, viewFrameworkDetail, wishesOf, type FrameworkState } from '../../model/mesos/framework_state';
import type { FrameworkInput, Wishes } from '../../model/mesos/messages';
import type { Task } from '../../model/mesos/tasks';
import { VERBS_OF } from '../../model/verbs';
import { effects } from '../lifecycle/effects';
import { answerDocument, handleVerbs } from '../lifecycle/handle_verbs';
import { publish } from '../lifecycle/publish';
import { now, openRun } from '../lifecycle/run';
import { runStep } from '../lifecycle/run_step';
import { tell } from '../lifecycle/tell';
import type { FrameworkRun } from './framework_run';
import { handleNews } from './handle_news';
import { handleWishes } from './handle_wishes';
import { subscribe } from './subscribe';
import { keepTelling } from './tell_deaths';

const TEAR_DOWN_MS = 30_000;

/**
 * The framework of one compute on Mesos, from its first subscription until the compute is removed: the tasks that run under
 * its name, and what is wanted of Mesos. The name is written down before Mesos hears of it; nothing that runs is unknown here.
 * A cancel sent by the Temporal UI changes nothing: the tasks would run on, and nobody would know of them.
 */
export async function mesosFramework(input: FrameworkInput | FrameworkState): Promise<void> {
  const state = 'v' in input ? input : newFramework(input, now());
  const run: FrameworkRun = {
    ...openRun(state, viewFrameworkDetail, async () => {
      await condition(allHandlersFinished);
      return continueAsNew<typeof mesosFramework>(state);
    }),
    isLeaving: false, session: '',
  };
  handleVerbs(run, VERBS_OF.framework);
  handleWishes(run);
  handleNews(run);
  answerDocument(() => state);
  setHandler(defineQuery<Wishes>('wishes'), () => wishesOf(state), { description: 'what the subscribed worker is to do' });
  setHandler(defineQuery<Task[]>('tasks'), () => Object.values(state.tasks), { description: 'all tasks that machines have' });
  void keepTelling(run).catch(() => undefined);
  publish(run);
  await tell(computeId(state.compute), 'tell_orders', {});
  await CancellationScope.nonCancellable(async () => {
    while (!state.isEnding) {
      if (!blockedStep(state)) beginOperation(state, 'hold', FRAMEWORK_OPERATIONS.hold, now());
      await runStep(run, 'subscribe', subscribe(run));
      if (run.isLeaving) await run.carryOver();
    }
    await tearDown(run);
  });
  await condition(allHandlersFinished);
}

/** The only place where Mesos is told to end everything: a person removed the compute, and nothing of it is in use. */
async function tearDown(run: FrameworkRun): Promise<void> {
  const { state } = run;
  if (!blockedStep(state)) beginOperation(state, 'tear_down', FRAMEWORK_OPERATIONS.tear_down, now());
  await runStep(run, 'tear_down', async () => {
    const act = effects({ summary: `tear down ${mesosIdOf(state)}`, step: 'tear_down', timeoutMs: TEAR_DOWN_MS });
    await act.tearDownFramework({ compute: state.compute, connector: state.connector, id: mesosIdOf(state) });
  });
  endOperation(state, 'done', now());
  enter(state, 'removed', now());
  publish(run);
}
