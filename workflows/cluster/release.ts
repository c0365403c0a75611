import type { Release } from '../../model/messages';
import type { ClusterRun } from './cluster_run';
import { signalCompute } from '../lifecycle/reserve_room';

const release = (run: ClusterRun, compute: string, nodes?: string[]) =>
  signalCompute(compute, 'release', { owner: run.state.id, ...(nodes ? { nodes } : {}) } satisfies Release);

/** Everything goes back: cpu, memory, disks, addresses (the original leaked the last two, P-38). */
export const releaseAll = (run: ClusterRun) => async () => {
  await release(run, run.state.order.compute);
  for (const node of [...run.state.nodes, ...run.state.retiring]) {
    node.allocation = null;
    node.status = 'destroyed';
  }
};

/** What a scale took away goes back; what it replaced keeps its place. */
export const releaseRemoved = (run: ClusterRun) => async () => {
  const kept = new Set(run.state.nodes.map((n) => n.spec.name));
  const removed = run.state.retiring.map((n) => n.spec.name).filter((name) => !kept.has(name));
  if (removed.length) await release(run, run.state.order.compute, removed);
  run.state.retiring = [];
};

/** Undo of a scale's place. */
export const releaseAdded = (run: ClusterRun) => async () => {
  const before = new Set(run.state.order.spec.nodes.map((n) => n.name));
  const added = run.state.nodes.map((n) => n.spec.name).filter((name) => !before.has(name));
  if (added.length) await release(run, run.state.order.compute, added);
};
