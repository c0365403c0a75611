import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { callMachines } from '../temporal/machine_call';
import { machine, machineParams, MACHINES } from './schemas';

const FIND_MS = 5_000;

/** One machine: where it runs, whose it is, its reference in the driver. */
export const getMachine = endpoint(
  {
    method: 'get', path: `${MACHINES}/{id}`, tag: 'machines', summary: 'A machine', params: machineParams,
    answers: { 200: json('The machine', machine), 404: ourProblem, 503: ourProblem },
  },
  async (c, { params: { id } }, grid) => {
    const found = await callMachines(grid, { op: 'find', machine: id }, FIND_MS, c.req.raw.signal);
    return c.json(found.machine);
  },
);
