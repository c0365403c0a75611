import type { AllOfOwner, TheseMachines } from '../../activities/machines/stop_machines';
import { differenceOf, type ClusterNode } from '../../model/cluster';
import { effects } from '../lifecycle/effects';
import type { ClusterRun } from './cluster_run';
import { disksOf } from './machine_spec';
import { showDegraded } from './node_loss';

const TIMEOUT_MS = 300_000;

async function stop(run: ClusterRun, what: TheseMachines | AllOfOwner, step?: string): Promise<void> {
  const { state } = run;
  if (!state.place || ('machines' in what && what.machines.length === 0)) return;
  const count = 'machines' in what ? `${what.machines.length} machines` : 'all machines';
  const act = effects({ summary: `stop ${count} on ${state.order.compute}`, ...(step ? { step } : {}), timeoutMs: TIMEOUT_MS });
  await act.stopMachines({ compute: state.order.compute, connector: state.place.connector, ...what });
}

/** Whatever the compute has of this cluster, known to us or not. */
export const stopAll = (run: ClusterRun) => async () => {
  const { state } = run;
  for (const node of state.nodes) node.status = 'stopped';
  const nodes = [...state.nodes, ...state.retiring];
  await stop(run, { owner: state.id, disks: nodes.flatMap((n) => disksOf(state, n)), hosts: hostsOf(nodes) }, 'stop_machines');
};

/** Machines that a scale or a repair replaced or took away; who takes a place over finds the data there. */
export const stopRetiring = (run: ClusterRun) => async () => {
  const { state } = run;
  const names = new Set(state.nodes.map((n) => n.spec.name));
  await stop(run, { machines: state.retiring.map((n) => ({ id: n.machine, keepDisks: names.has(n.spec.name), ...on(n) })) }, 'stop_machines');
  for (const node of state.retiring) node.status = 'stopped';
  state.retiring = state.retiring.filter((n) => !names.has(n.spec.name));
  showDegraded(run);
};

/** Undo of a scale's start: machines that the old order did not have. */
export const stopAdded = (run: ClusterRun) => async () => {
  const { state } = run;
  const { kept, changed } = differenceOf(state.order.spec.nodes, (state.next ?? state.order).spec.nodes);
  const again = new Set(changed.map((n) => n.name));
  const machines = state.nodes.filter((n) => !kept.includes(n.spec.name)).map((n) => ({ id: n.machine, keepDisks: again.has(n.spec.name), ...on(n) }));
  await stop(run, { machines });
};

const on = ({ allocation }: ClusterNode) => (allocation ? { host: allocation.host } : {});

/** Where anything of these nodes can be. */
const hostsOf = (nodes: readonly ClusterNode[]): string[] => [...new Set(nodes.flatMap((n) => n.allocation?.host ?? []))];
