import { computeId } from '../../model/ids';
import { raise } from '../../model/raise';
import { nothing, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { updateIdOf } from '../http/idempotency';
import { command } from '../temporal/command';
import { isDefined } from './is_defined';
import { computeParams, COMPUTE_PATH } from './schemas';
import { noCompute } from './view_compute';

/** Forgets a compute that nobody holds anything of; what it was stays among the lifecycles, `removed`. */
export const deleteCompute = endpoint(
  {
    method: 'delete', role: 'admin', path: COMPUTE_PATH, tag: 'computes', summary: 'Remove a compute that is not in use', params: computeParams,
    answers: { 204: nothing('Removed'), 404: ourProblem, 409: ourProblem, 503: ourProblem },
  },
  async (c, { params: { name } }, grid) => {
    if (!(await isDefined(grid, name))) raise(noCompute(name));
    await command(grid, computeId(name), 'remove', {}, updateIdOf(c));
    return c.body(null, 204);
  },
);
