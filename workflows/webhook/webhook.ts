import { allHandlersFinished, CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import { beginOperation, clearCondition, endOperation, enter, stepNamed } from '../../model/lifecycle';
import { VERBS_OF } from '../../model/verbs';
import { DELIVER, newWebhook, noteDelivery, viewWebhook, viewWebhookDetail, type WebhookInput, type WebhookState } from '../../model/webhook';
import { answerDocument, handleVerbs } from '../lifecycle/handle_verbs';
import { inNextRun } from '../lifecycle/in_next_run';
import { publish } from '../lifecycle/publish';
import { now, openRun } from '../lifecycle/run';
import { runStep } from '../lifecycle/run_step';
import { waitUntil } from '../lifecycle/wait';
import { deliver } from './deliver';
import { handleDefine } from './handle_define';
import { hear } from './hear';
import type { WebhookRun } from './webhook_run';

/** Tells every change to somebody's HTTP server, one after the other, each until it was taken or a person says otherwise. */
export async function webhook(input: WebhookInput | WebhookState): Promise<void> {
  const state = 'v' in input ? input : newWebhook(input, now());
  const run: WebhookRun = { ...openRun(state, viewWebhookDetail, () => inNextRun<typeof webhook>(state)), quiet: true };
  handleVerbs(run, VERBS_OF.webhook);
  handleDefine(run);
  answerDocument(() => viewWebhook(state));
  publish(run);
  while (state.interrupt !== 'destroy') {
    run.scope = new CancellationScope();
    await run.scope.run(() => work(run)).catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
    if (state.interrupt === 'abort') giveUp(run);
  }
  clearCondition(state, 'Destroying');
  end(run, 'interrupted');
  enter(state, 'destroyed', now());
  publish(run);
  await condition(allHandlersFinished);
}

/** Until it is called off. */
async function work(run: WebhookRun): Promise<never> {
  const { state } = run;
  for (;;) {
    if (state.queue.length === 0) await hear(run);
    if (state.queue.length > 0) await deliverAll(run);
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await run.carryOver();
    }
    if (state.paused) await waitUntil(run, () => !state.paused);
  }
}

/** What is in the queue, as one operation; it may have been begun in an earlier run. */
async function deliverAll(run: WebhookRun): Promise<void> {
  const { state } = run;
  if (!state.operation) beginOperation(state, 'deliver', [DELIVER], now());
  await runStep(run, DELIVER.name, () => deliver(run));
  const { state: ended, attempt } = stepNamed(state, DELIVER.name);
  if (ended === 'skipped') noteDelivery(state, now(), 'skipped', { status: null, attempts: 0 });
  endOperation(state, 'done', now());
  // That a person was needed was told; so is that nobody is any more.
  if (ended === 'skipped' || attempt > 1) publish(run);
}

/** All that waits is given up, and what changes from now on is told. */
function giveUp(run: WebhookRun): void {
  const { state } = run;
  while (state.queue.length > 0) noteDelivery(state, now(), 'given_up', { status: null, attempts: 0 });
  state.interrupt = null;
  end(run, 'aborted');
  publish(run);
}

function end({ state }: WebhookRun, outcome: 'aborted' | 'interrupted'): void {
  endOperation(state, outcome, now());
  state.steps = [];
}
