import { nothing, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { callMachines } from '../temporal/machine_call';
import { machineParams, MACHINES } from './schemas';

const REMOVE_MS = 30_000;

/** For what a grid of before left: machines of lifecycles go with those. */
export const deleteMachine = endpoint(
  {
    method: 'delete', role: 'admin', path: `${MACHINES}/{id}`, tag: 'machines', summary: 'End a machine that nothing has any more', params: machineParams,
    answers: { 204: nothing('It is gone'), 404: ourProblem, 409: ourProblem, 503: ourProblem },
  },
  async (c, { params: { id } }, grid) => {
    await callMachines(grid, { op: 'remove', machine: id }, REMOVE_MS);
    return c.body(null, 204);
  },
);
