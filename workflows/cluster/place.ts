import { demandOf } from '../../model/demand';
import type { Step } from '../../model/lifecycle';
import { reserveRoom } from '../lifecycle/reserve_room';
import type { ClusterRun } from './cluster_run';

/** All nodes together, or none. */
export const place = (run: ClusterRun) => async (step: Step) => {
  const { state } = run;
  const order = state.next ?? state.order;
  const grant = await reserveRoom(run, step, order.compute, state.nodes.map((n) => demandOf(n.spec)));
  state.place = { connector: grant.connector, diskRoot: grant.diskRoot };
  const given = new Map(grant.allocations.map((a) => [a.node, a]));
  for (const node of state.nodes) {
    node.allocation = given.get(node.spec.name) ?? null;
    node.host = node.allocation?.host ?? '';
    if (node.status === 'pending') node.status = 'queued';
  }
};
