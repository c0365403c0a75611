import { defineUpdate, setHandler } from '@temporalio/workflow';
import type { ComputeState } from '../../model/compute_state';
import { drainState, refuseDrain, refuseUndrain } from '../../model/drain';
import { PLANNER_ID } from '../../model/ids';
import { enter } from '../../model/lifecycle';
import type { CommandResult, DrainCompute } from '../../model/messages';
import type { MoveServices } from '../../model/services/messages';
import { objectTo } from '../lifecycle/fail';
import { outcome, remember, repeated } from '../lifecycle/handle_verbs';
import { publish } from '../lifecycle/publish';
import { now, type Run } from '../lifecycle/run';
import { tell } from '../lifecycle/tell';

/** Nothing new is placed on a drained compute, and the planner moves the services that are there; clusters stay until a person destroys them. */
export function handleDrain(run: Run<ComputeState>): void {
  const { state } = run;
  const became = () => {
    publish(run);
    return outcome(state);
  };
  setHandler(
    defineUpdate<CommandResult, [DrainCompute]>('drain'),
    async ({ to }) => {
      if (!remember(state)) return outcome(state);
      state.draining ??= { to, at: now() };
      enter(state, drainState(state)!, now(), `drain: to ${to}`);
      await tell(PLANNER_ID, 'moveServices', { from: state.name, to } satisfies MoveServices);
      return became();
    },
    {
      description: 'place nothing new here and move the services that are here: {"to": "compute", "connector": "its connector"}',
      validator: (wish?: DrainCompute) => objectTo(repeated(state) ? undefined : refuseDrain(state, { to: wish?.to ?? '', connector: wish?.connector ?? '' })),
    },
  );
  setHandler(
    defineUpdate<CommandResult>('undrain'),
    () => {
      if (!remember(state)) return outcome(state);
      delete state.draining;
      enter(state, 'ready', now(), 'undrain');
      state.inbox.push({ kind: 'look' });
      return became();
    },
    { description: 'place things here again', validator: () => objectTo(repeated(state) ? undefined : refuseUndrain(state)) },
  );
}

/** Says so when the last thing has gone, or the first has come. */
export function showDrained(state: ComputeState): void {
  const is = drainState(state);
  if (is && state.state !== 'removed') enter(state, is, now());
}
