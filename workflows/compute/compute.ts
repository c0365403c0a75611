import { allHandlersFinished, condition, defineSignal, setHandler } from '@temporalio/workflow';
import { COMPUTE_OPERATIONS, newCompute, noteUnclaimed, viewCompute, viewComputeDetail, type ComputeState } from '../../model/compute_state';
import { beginOperation } from '../../model/lifecycle';
import { frameworkId } from '../../model/ids';
import { isOffered } from '../../model/mesos/is_offered';
import type { Offered } from '../../model/mesos/messages';
import type { ComputeInput, Release, Reserve, UnclaimedMachines } from '../../model/messages';
import { VERBS_OF } from '../../model/verbs';
import { inNextRun } from '../lifecycle/in_next_run';
import { answerDocument, handleVerbs } from '../lifecycle/handle_verbs';
import { publish } from '../lifecycle/publish';
import { now, openRun } from '../lifecycle/run';
import { tell } from '../lifecycle/tell';
import { waitUntil } from '../lifecycle/wait';
import { handleDefine, handleRemove } from './handle_changes';
import { handleHoldings, keepCounting } from './count';
import { handleDrain, showDrained } from './handle_drain';
import { handleFramework } from './handle_framework';
import { probe } from './probe';
import { showUnclaimed } from './show_unclaimed';
import { serve } from './reserve';
import { watchOf } from './watch';

/**
 * One compute, as long as it is defined: what it has, who holds what of it, who waits. Reservations are served one at
 * a time and in order, which is all the locking there is.
 */
export async function compute(input: ComputeInput | ComputeState): Promise<void> {
  const state = 'v' in input ? input : newCompute(input, now());
  const watch = watchOf(state);
  const run = openRun(state, viewComputeDetail, async () => {
    watch.end();
    await counting.end();
    return inNextRun<typeof compute>(state);
  });
  const counting = keepCounting(run);
  handleVerbs(run, VERBS_OF.compute);
  handleDefine(run, watch.beginAgain);
  handleRemove(run);
  handleHoldings(run);
  handleDrain(run);
  setHandler(defineSignal<[Reserve]>('reserve'), (message) => void state.inbox.push({ kind: 'reserve', ...message }));
  setHandler(defineSignal<[UnclaimedMachines]>('unclaimed'), (seen) => {
    noteUnclaimed(state, seen);
    // Somebody may wait for what is gone.
    state.inbox.push({ kind: 'look' });
  });
  setHandler(defineSignal<[Offered]>('offered'), (message) => void state.inbox.push({ kind: 'offered', ...message }));
  handleFramework(run);
  setHandler(defineSignal<[Release]>('release'), (message) => void state.inbox.push({ kind: 'release', ...message }));
  answerDocument(() => viewCompute(state));
  if (state.state === 'probing' && !state.operation) beginOperation(state, 'define', COMPUTE_OPERATIONS.define, now());
  if (state.operation) await probe(run);
  watch.begin();
  while (state.state !== 'removed' || state.inbox.length > 0) {
    showDrained(state);
    showUnclaimed(state);
    publish(run);
    await waitUntil(run, () => state.inbox.length > 0 || state.state === 'removed');
    await serve(state);
  }
  watch.end();
  await counting.end();
  if (isOffered(state.connector)) await tell(frameworkId(state.name), 'end', {});
  await condition(allHandlersFinished);
}
