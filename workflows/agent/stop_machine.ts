import { machineOf } from '../../model/services/agent_state';
import { effects } from '../lifecycle/effects';
import { signalCompute } from '../lifecycle/reserve_room';
import type { AgentRun } from './agent_run';

const STOP_TIMEOUT_MS = 120_000;

/** What does not answer any more will not end well either. */
const LOST_GRACE_MS = 500;

/** Ends the machine with everything on it; gone is fine. */
export const stopMachine = (run: AgentRun) => async () => {
  const { state } = run;
  run.watching?.cancel();
  const lost = state.silence !== null || state.hello === null;
  state.hello = null;
  if (!state.place) return;
  const act = effects({ summary: `stop machine ${machineOf(state)}`, step: 'stop_machine', timeoutMs: STOP_TIMEOUT_MS });
  await act.stopMachines({ compute: state.compute, connector: state.place.connector, owner: state.id, disks: [], hosts: [state.place.allocation.host], ...(lost ? { graceMs: LOST_GRACE_MS } : {}) });
};

export const release = (run: AgentRun) => async () => {
  await signalCompute(run.state.compute, 'release', { owner: run.state.id });
  run.state.place = null;
};
