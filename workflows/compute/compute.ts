import { CancellationScope, continueAsNew, defineSignal, setHandler } from '@temporalio/workflow';
import { COMPUTE_OPERATIONS, newCompute, viewCompute, viewComputeDetail, type ComputeState } from '../../model/compute_state';
import { beginOperation, endOperation, enter } from '../../model/lifecycle';
import type { ComputeInput, Release, Reserve } from '../../model/messages';
import { VERBS_OF } from '../../model/verbs';
import { effects } from '../lifecycle/effects';
import { answerDocument, handleVerbs } from '../lifecycle/handle_verbs';
import { publish } from '../lifecycle/publish';
import { runStep } from '../lifecycle/run_step';
import { now, openRun, type Run } from '../lifecycle/run';
import { waitUntil } from '../lifecycle/wait';
import { serve } from './reserve';
import { keepWatch } from './watch';

const PROBE_TIMEOUT_MS = 30_000;

/**
 * One compute, as long as it is defined: what it has, who holds what of it, who waits. Reservations are served one at
 * a time and in order, which is all the locking there is.
 */
export async function compute(input: ComputeInput | ComputeState): Promise<void> {
  const state = 'v' in input ? input : newCompute(input, now());
  const watching = new CancellationScope();
  const run = openRun(state, viewComputeDetail, () => {
    watching.cancel();
    return continueAsNew<typeof compute>(state);
  });
  handleVerbs(run, VERBS_OF.compute);
  setHandler(defineSignal<[Reserve]>('reserve'), (message) => void state.inbox.push({ kind: 'reserve', ...message }));
  setHandler(defineSignal<[Release]>('release'), (message) => void state.inbox.push({ kind: 'release', ...message }));
  answerDocument(() => viewCompute(state));
  if (!('v' in input)) beginOperation(state, 'define', COMPUTE_OPERATIONS.define, now());
  if (state.operation) await define(run);
  void watching.run(() => keepWatch(state)).catch(() => undefined);
  for (;;) {
    publish(run);
    await waitUntil(run, () => state.inbox.length > 0);
    await serve(state);
  }
}

async function define(run: Run<ComputeState>): Promise<void> {
  const { state } = run;
  await runStep(run, 'probe', async () => {
    const act = effects({ summary: `ask ${state.connector} what it has`, step: 'probe', timeoutMs: PROBE_TIMEOUT_MS });
    state.capacity = await act.probeCompute({ compute: state.name, connector: state.connector });
  });
  enter(state, 'ready', now());
  endOperation(state, 'done', now());
}
