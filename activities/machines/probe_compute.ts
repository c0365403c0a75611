import type { Capacity } from '../../model/machine';
import type { Surroundings } from '../surroundings';
import { throwProblem } from '../problem_error';
import { within } from '../within';
import { openDriver } from './driver';
import type { OnCompute } from './start_machines';

const ANSWER_WITHIN_MS = 12_000;

/**
 * What a compute has to give; by that also whether its connector is right and leads anywhere.
 * @throws ProblemError of its driver; 504 `compute_silent` when that does not answer in time
 */
export const probeCompute = (around: Surroundings) => async ({ compute, connector }: OnCompute): Promise<Capacity> => {
  const capacity = openDriver({ name: compute, connector, ...around }).capacity();
  if (await within(capacity, ANSWER_WITHIN_MS)) return capacity;
  throwProblem(504, 'compute_silent', `compute ${compute} did not say within ${ANSWER_WITHIN_MS / 1000} s what it has`, 'See that what its connector leads to is up and can be reached from the control worker, then try again.', { field: 'connector' });
};
