import { defineUpdate, setHandler } from '@temporalio/workflow';
import type { CommandResult } from '../../model/messages';
import { sameWish, type WebhookWish } from '../../model/webhook';
import { enter } from '../../model/lifecycle';
import { outcome, remember } from '../lifecycle/handle_verbs';
import { publish } from '../lifecycle/publish';
import { now } from '../lifecycle/run';
import type { WebhookRun } from './webhook_run';

/** Another address, secret or choice: it counts from now on, also for what is in the queue. */
export function handleDefine(run: WebhookRun): void {
  const { state } = run;
  setHandler(defineUpdate<CommandResult, [WebhookWish]>('define'), ({ url, secret, kinds, attempts }) => {
    if (!remember(state) || sameWish(state, { url, secret, kinds, attempts })) return outcome(state);
    Object.assign(state, { url, secret, kinds, attempts });
    enter(state, state.state, now(), 'it was defined anew');
    run.hearing?.cancel();
    publish(run);
    return outcome(state);
  });
}
