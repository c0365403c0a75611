import { defineUpdate, setHandler } from '@temporalio/workflow';
import { noteProbed, type ComputeState } from '../../model/compute_state';
import { refuseDefine, refuseRemove } from '../../model/define_compute';
import { frameworkId } from '../../model/ids';
import { enter } from '../../model/lifecycle';
import { isOffered } from '../../model/mesos/is_offered';
import type { CommandResult, DefineCompute } from '../../model/messages';
import { effects } from '../lifecycle/effects';
import { fail, objectTo, problemOf } from '../lifecycle/fail';
import { outcome, remember, repeated } from '../lifecycle/handle_verbs';
import { publish } from '../lifecycle/publish';
import { interrupt, now, type Run } from '../lifecycle/run';
import { tell } from '../lifecycle/tell';

const PROBE_TIMEOUT_MS = 15_000;
const ATTEMPTS = 2;

/** Another connector is taken when its driver says what is there, and while nothing is reserved: else nothing changes. */
export function handleDefine(run: Run<ComputeState>, changed: () => void): void {
  const { state } = run;
  setHandler(
    defineUpdate<CommandResult, [DefineCompute]>('define'),
    async ({ connector }) => {
      if (repeated(state) || (connector === state.connector && !state.operation)) return outcome(state);
      const act = effects({ summary: `ask ${connector} what it has`, timeoutMs: PROBE_TIMEOUT_MS, attempts: ATTEMPTS });
      const before = state.connector;
      const probed = await act.probeCompute({ compute: state.name, connector }).catch((error: unknown) => {
        throw fail(problemOf(error));
      });
      objectTo(refuseDefine(state, connector));
      remember(state);
      state.connector = connector;
      noteProbed(state, probed);
      delete state.found;
      if (state.operation) interrupt(run, 'repair');
      enter(state, 'ready', now(), `define: ${connector}`);
      if (isOffered(before) && before !== connector) await tell(frameworkId(state.name), 'end', {});
      changed();
      publish(run);
      return outcome(state);
    },
    {
      description: 'give this compute another connector: {"connector": "…"}',
      validator: (wish?: DefineCompute) => objectTo(repeated(state) ? undefined : refuseDefine(state, wish?.connector)),
    },
  );
}

/** A compute that nobody holds anything of ends here. */
export function handleRemove(run: Run<ComputeState>): void {
  const { state } = run;
  setHandler(
    defineUpdate<CommandResult>('remove'),
    () => {
      if (!remember(state)) return outcome(state);
      if (state.operation) interrupt(run, 'destroy');
      enter(state, 'removed', now(), 'remove');
      publish(run);
      return outcome(state);
    },
    { description: 'remove this compute, when nothing of it is reserved', validator: () => objectTo(repeated(state) ? undefined : refuseRemove(state)) },
  );
}
