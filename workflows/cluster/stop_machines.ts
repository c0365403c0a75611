import { differenceOf } from '../../model/cluster';
import { effects } from '../lifecycle/effects';
import type { ClusterRun } from './cluster_run';
import { showDegraded } from './node_loss';

const TIMEOUT_MS = 300_000;

async function stop(run: ClusterRun, what: { machines: string[] } | { owner: string }, step?: string): Promise<void> {
  const { state } = run;
  if (!state.place || ('machines' in what && what.machines.length === 0)) return;
  const count = 'machines' in what ? `${what.machines.length} machines` : 'all machines';
  const act = effects({ summary: `stop ${count} on ${state.order.compute}`, ...(step ? { step } : {}), timeoutMs: TIMEOUT_MS });
  await act.stopMachines({ compute: state.order.compute, connector: state.place.connector, ...what });
}

/** Whatever the compute has of this cluster, known to us or not. */
export const stopAll = (run: ClusterRun) => async () => {
  for (const node of run.state.nodes) node.status = 'stopped';
  await stop(run, { owner: run.state.id }, 'stop_machines');
};

/** Machines that a scale or a repair replaced or took away. */
export const stopRetiring = (run: ClusterRun) => async () => {
  const { retiring } = run.state;
  await stop(run, { machines: retiring.map((n) => n.machine) }, 'stop_machines');
  for (const node of retiring) node.status = 'stopped';
  const names = new Set(run.state.nodes.map((n) => n.spec.name));
  run.state.retiring = retiring.filter((n) => !names.has(n.spec.name));
  showDegraded(run);
};

/** Undo of a scale's start: machines that the old order did not have. */
export const stopAdded = (run: ClusterRun) => async () => {
  const { state } = run;
  const { kept } = differenceOf(state.order.spec.nodes, (state.next ?? state.order).spec.nodes);
  await stop(run, { machines: state.nodes.filter((n) => !kept.includes(n.spec.name)).map((n) => n.machine) });
};
