import { effects } from '../lifecycle/effects';
import type { ClusterRun } from './cluster_run';
import { unlessNodeLost } from './node_loss';
import { reviveLost } from './start_machines';

const READY_WITHIN_MS = 120_000;
const MARGIN_MS = 30_000;

/** Ready is when every node runs and every port of its `check_ports` is open (P-39). */
export const awaitReady = (run: ClusterRun) => async () => {
  const { state } = run;
  await reviveLost(run);
  const nodes = state.nodes.map((n) => ({
    name: n.spec.name, machine: n.machine, address: n.allocation!.networks[0]!.address, host: n.allocation!.host, ports: n.spec.checkPorts,
  }));
  const act = effects({ summary: `wait until ${nodes.length} nodes answer`, step: 'await_ready', timeoutMs: READY_WITHIN_MS + MARGIN_MS });
  await unlessNodeLost(run, () =>
    act.checkReady({ compute: state.order.compute, connector: state.place!.connector, withinMs: READY_WITHIN_MS, nodes }),
  );
};
