import { CancellationScope, condition } from '@temporalio/workflow';
import { lostNodes, unhealthyNodes, type ClusterNode, type ClusterState } from '../../model/cluster';
import { problem } from '../../model/errors';
import { clearCondition, setCondition } from '../../model/lifecycle';
import { fail } from '../lifecycle/fail';
import { now } from '../lifecycle/run';
import type { ClusterRun } from './cluster_run';

const story = (node: ClusterNode) => {
  const how = node.exit ? (node.exit.signal ? `ended by ${node.exit.signal}` : `ended with ${node.exit.code ?? 'no exit code'}`) : 'is not running';
  const said = node.lastOutput?.trim().split('\n').slice(-3).join(' / ');
  return `node ${node.spec.name} ${how}${said ? `: ${said}` : ''}`;
};

/** Degraded is true exactly while a node that should run does not, or is not well. */
export function showDegraded({ state }: ClusterRun): void {
  const lost = lostNodes(state);
  const stories = [...lost.map(story), ...unhealthyNodes(state).map((node) => `node ${node.spec.name} is unhealthy${node.unhealthy ? `: ${node.unhealthy.slice(-200)}` : ''}`)];
  if (stories.length === 0) clearCondition(state, 'Degraded');
  else setCondition(state, 'Degraded', lost.length > 0 ? 'node_lost' : 'node_unhealthy', stories.join('; ').slice(0, 1000), now());
}

export function nodeLost(state: ClusterState) {
  const lost = lostNodes(state);
  return fail(
    problem(409, 'node_lost', lost.slice(0, 3).map(story).join('; '), 'Mend the cause, then retry (starts the same node again) or repair (replaces it).', {
      field: `nodes.${lost[0]?.spec.name}`,
      ...(lost[0]?.lastOutput ? { evidence: lost[0].lastOutput } : {}),
    }),
  );
}

/**
 * Runs the work, but gives up at once when a node is lost meanwhile: what the work waits for will not come. However
 * this ends, the work has ended too.
 */
export async function unlessNodeLost<T>(run: ClusterRun, work: () => Promise<T>): Promise<T> {
  const scope = new CancellationScope({ cancellable: true });
  return scope.run(async () => {
    const working = work();
    const lost = condition(() => lostNodes(run.state).length > 0);
    try {
      await Promise.race([working, lost]);
      if (lostNodes(run.state).length > 0) throw nodeLost(run.state);
      return await working;
    } finally {
      scope.cancel();
      await Promise.allSettled([working, lost]);
    }
  });
}
