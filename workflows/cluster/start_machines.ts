import { lostNodes } from '../../model/cluster';
import { asleep as asleepIn } from '../../model/cluster_plan';
import { followed } from '../../model/mesos/followed';
import { isOffered } from '../../model/mesos/is_offered';
import { effects } from '../lifecycle/effects';
import type { ClusterRun } from './cluster_run';
import { specOf } from './machine_spec';
import { nodeLost, showDegraded } from './node_loss';

const TIMEOUT_MS = 600_000;

/** Starts what does not run yet, side by side, in one activity; progress is in its heartbeat. */
export const startMachines = (run: ClusterRun) => async () => {
  const { state } = run;
  const asleep = asleepIn(state);
  if (asleep.length === 0) return;
  for (const node of asleep) node.status = 'queued';
  const act = effects({ summary: `start ${asleep.length} machines on ${state.order.compute}`, step: 'start_machines', timeoutMs: TIMEOUT_MS });
  const machines = await act.startMachines({
    compute: state.order.compute, connector: state.place!.connector, specs: asleep.map((n) => specOf(state, n)),
  });
  const started = new Map(machines.map((m) => [m.id, m]));
  for (const node of asleep) {
    const machine = started.get(node.machine);
    if (!machine || node.status !== 'queued') continue;
    Object.assign(node, { status: 'running', ref: machine.ref, startedAt: machine.startedAt, host: machine.host });
    if (isOffered(state.place!.connector) && node.allocation) node.allocation = followed(node.allocation, machine);
    delete node.exit;
    delete node.lastOutput;
    delete node.unhealthy;
  }
  showDegraded(run);
  if (lostNodes(state).length) throw nodeLost(state);
};

/** A step that needs all nodes starts those that died since, before it is tried again. */
export const reviveLost = async (run: ClusterRun) => {
  if (lostNodes(run.state).length) await startMachines(run)();
};
