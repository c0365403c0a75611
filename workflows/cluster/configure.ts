import { clusterDn } from '../../model/ids';
import type { Step } from '../../model/lifecycle';
import { viewNode, viewRole } from '../../model/cluster_views';
import { effects } from '../lifecycle/effects';
import type { ClusterRun } from './cluster_run';
import { unlessNodeLost } from './node_loss';
import { reviveLost } from './start_machines';

const MARGIN_MS = 30_000;

/** Runs the product's orchestrator script, verb `start`; roles it did not set are `running` when it ended 0. */
export const configure = (run: ClusterRun) => async (step: Step) => {
  const { state } = run;
  await reviveLost(run);
  const order = state.next ?? state.order;
  if (order.script) {
    const { scriptTimeoutMs: timeoutMs, scriptAttempts } = order.spec;
    const act = effects({ summary: 'run the orchestrator script: start', step: 'configure', timeoutMs: timeoutMs * scriptAttempts + MARGIN_MS });
    const { output } = await unlessNodeLost(run, () =>
      act.configureCluster({
        script: order.script, verb: 'start', timeoutMs, attempts: scriptAttempts,
        cluster: {
          id: state.id, dn: clusterDn(state.key), options: order.options,
          nodes: state.nodes.map((n) => ({ ...viewNode(state, n), roles: n.spec.roles, devices: n.allocation?.networks ?? [] })),
          roles: state.roles.map((r) => viewRole(state, r)),
        },
      }),
    );
    step.output = output;
  }
  for (const role of state.roles) if (!role.setByScript) role.status = 'running';
};
