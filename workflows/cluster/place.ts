import { condition, getExternalWorkflowHandle, uuid4 } from '@temporalio/workflow';
import { demandOf } from '../../model/demand';
import { problem } from '../../model/errors';
import { computeId } from '../../model/ids';
import type { Step } from '../../model/lifecycle';
import type { Reserve, Reserved } from '../../model/messages';
import { fail } from '../lifecycle/fail';
import { publish } from '../lifecycle/publish';
import type { ClusterRun } from './cluster_run';

const PLACE_DEADLINE = '1h';

/** All nodes together, or none: asks the compute and waits for its grant, showing the reason while it waits. */
export const place = (run: ClusterRun) => async (step: Step) => {
  const { state } = run;
  const order = state.next ?? state.order;
  const request = uuid4();
  const wanted: Reserve = { owner: state.id, request, demands: state.nodes.map((n) => demandOf(n.spec)) };
  step.waitingFor = `the answer of compute ${order.compute}`;
  await signalCompute(order.compute, 'reserve', wanted);
  const grant = await grantOf(run, step, request);
  if (grant.kind !== 'granted') throw fail(unplaced(order.compute, grant));
  state.place = { connector: grant.connector, diskRoot: grant.diskRoot };
  const given = new Map(grant.allocations.map((a) => [a.node, a]));
  for (const node of state.nodes) {
    node.allocation = given.get(node.spec.name) ?? null;
    node.host = node.allocation?.host ?? '';
    if (node.status === 'pending') node.status = 'queued';
  }
};

async function grantOf(run: ClusterRun, step: Step, request: string): Promise<Reserved['result']> {
  let said = '';
  const news = () => {
    const answer = run.grants.get(request);
    return answer !== undefined && (answer.kind !== 'waiting' || answer.reason !== said);
  };
  for (;;) {
    const inTime = await condition(news, PLACE_DEADLINE, { summary: said ? `until there is room: ${said.slice(0, 150)}` : 'until the compute answers' });
    const answer = run.grants.get(request);
    if (answer?.kind !== 'waiting' || !inTime) {
      run.grants.delete(request);
      return answer ?? { kind: 'waiting', reason: 'the compute did not answer' };
    }
    said = answer.reason;
    step.waitingFor = said;
    publish(run);
  }
}

const unplaced = (compute: string, grant: Exclude<Reserved['result'], { kind: 'granted' }>) =>
  grant.kind === 'impossible'
    ? problem(409, 'does_not_fit', `compute ${compute} can never hold it: ${grant.reason}`, 'Order less, or another compute.', { field: grant.field })
    : problem(409, 'no_capacity', `compute ${compute} had no room within ${PLACE_DEADLINE}: ${grant.reason}`, 'Free some of it, then retry.');

export async function signalCompute(compute: string, signal: 'reserve' | 'release', message: object): Promise<void> {
  try {
    await getExternalWorkflowHandle(computeId(compute)).signal(signal, message);
  } catch (error) {
    if ((error as Error).name === 'CancelledFailure') throw error;
    throw fail(problem(404, 'compute_not_found', `there is no compute ${compute}`, 'List them with `grid computes`; define it, then retry.'));
  }
}
