import { unclaimedOwners, type ComputeState } from '../../model/compute_state';
import { clearCondition, setCondition } from '../../model/lifecycle';
import { now } from '../lifecycle/run';

const NAMED = 5;

/** Machines that nothing here knows run on, and hold what they have; a person has to say whether they are wanted. */
export function showUnclaimed(state: ComputeState): void {
  const owners = unclaimedOwners(Object.values(state.reservations));
  if (owners.length === 0) return clearCondition(state, 'Unclaimed');
  const named = owners.slice(0, NAMED).join(', ') + (owners.length > NAMED ? ` and ${owners.length - NAMED} more` : '');
  setCondition(state, 'Unclaimed', 'owner_unknown', `machines here are of ${named}, which this grid does not know; they are let be. \`grid machines\` shows them, \`grid machine rm\` ends one`, now());
}
