import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { noteProbed, type ComputeState } from '../../model/compute_state';
import { endOperation, endStep, enter, stepNamed, unblockStep } from '../../model/lifecycle';
import { effects } from '../lifecycle/effects';
import { runStep } from '../lifecycle/run_step';
import { now, type Run } from '../lifecycle/run';

const PROBE_TIMEOUT_MS = 30_000;

/** Asks the compute what it has, until it says so, is given another connector, or is removed. */
export async function probe(run: Run<ComputeState>): Promise<void> {
  const { state } = run;
  run.scope = new CancellationScope();
  try {
    await run.scope.run(() => runStep(run, 'probe', async () => {
      const act = effects({ summary: `ask ${state.connector} what it has`, step: 'probe', timeoutMs: PROBE_TIMEOUT_MS });
      noteProbed(state, await act.probeCompute({ compute: state.name, connector: state.connector }));
    }));
  } catch (error) {
    if (!isCancellation(error) || !state.interrupt) throw error;
    giveUp(state);
  }
  run.scope = null;
  if (state.state !== 'removed') enter(state, 'ready', now());
  endOperation(state, 'done', now());
}

function giveUp(state: ComputeState): void {
  const step = stepNamed(state, 'probe');
  state.interrupt = null;
  unblockStep(state, step);
  endStep(state, step, 'skipped', now());
}
