import { condition, getExternalWorkflowHandle, uuid4 } from '@temporalio/workflow';
import type { Demand } from '../../model/compute';
import { problem } from '../../model/errors';
import { computeId } from '../../model/ids';
import type { Lifecycle, Step } from '../../model/lifecycle';
import type { Reserve, Reserved } from '../../model/messages';
import { fail } from './fail';
import { publish } from './publish';
import type { Run } from './run';

const PLACE_DEADLINE = '1h';

/** Answers of the compute, by request, until the step that waits takes them. */
export type Grants = Map<string, Reserved['result']>;
export type Granted = Extract<Reserved['result'], { kind: 'granted' }>;

/** Asks the compute for all of this together, or nothing, and waits for its grant, showing the reason while it waits. */
export async function reserveRoom<S extends Lifecycle>(run: Run<S> & { grants: Grants }, step: Step, compute: string, demands: Demand[]): Promise<Granted> {
  const request = uuid4();
  const wanted: Reserve = { owner: run.state.id, request, demands };
  step.waitingFor = `the answer of compute ${compute}`;
  await signalCompute(compute, 'reserve', wanted);
  const grant = await grantOf(run, step, request);
  if (grant.kind !== 'granted') throw fail(unplaced(compute, grant));
  if (step.progress) step.progress = { done: step.progress.total, total: step.progress.total };
  return grant;
}

async function grantOf<S extends Lifecycle>(run: Run<S> & { grants: Grants }, step: Step, request: string): Promise<Reserved['result']> {
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
    if (answer.progress) step.progress = answer.progress;
    publish(run);
  }
}

const unplaced = (compute: string, grant: Exclude<Reserved['result'], Granted>) =>
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
