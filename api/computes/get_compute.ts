import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { compute, computeParams, COMPUTE_PATH } from './schemas';
import { viewCompute } from './view_compute';

/** One compute: its driver, capacity, what is reserved by whom, who waits. */
export const getCompute = endpoint(
  {
    method: 'get', path: COMPUTE_PATH, tag: 'computes', summary: 'A compute', params: computeParams,
    answers: { 200: json('The compute', compute), 404: ourProblem, 503: ourProblem },
  },
  async (c, { params: { name } }, grid) => c.json(await viewCompute(c, grid, name)),
);
