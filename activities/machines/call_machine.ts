import { Context } from '@temporalio/activity';
import { problem } from '../../model/errors';
import type { MachineCall, MachineCallResult } from '../../model/messages';
import type { Surroundings } from '../surroundings';
import { ProblemError } from '../problem_error';
import { allComputes } from './all_computes';
import { openDriver, type Driver } from './driver';
import { probeCompute } from './probe_compute';

/** One command of a person or a script on machines, wherever they are. @throws ProblemError 404 for an unknown one. */
export const callMachine = (around: Surroundings) => async (call: MachineCall): Promise<MachineCallResult> => {
  const signal = Context.current().cancellationSignal;
  if (call.op === 'probe') return { op: 'probe', capacity: await probeCompute(around)(call) };
  const drivers = (await allComputes(around.client)).map(({ name, connector }) => openDriver({ name, connector, ...around }));
  if (call.op === 'list') {
    return { op: 'list', machines: (await Promise.all(drivers.map((d) => d.list(call.owner)))).flat() };
  }
  const { driver, machine } = await holderOf(drivers, call.machine);
  if (call.op === 'find') return { op: 'find', machine };
  if (call.op === 'exec') return { op: 'exec', result: await driver.exec(call.machine, call.request, signal) };
  return { op: 'logs', chunk: await driver.logs(call.machine, call.request, signal) };
};

async function holderOf(drivers: Driver[], id: string) {
  for (const driver of drivers) {
    const machine = await driver.find(id);
    if (machine) return { driver, machine };
  }
  throw new ProblemError(problem(404, 'machine_not_found', `there is no machine ${id}`, 'List them: GET /api/v1/machines, or `grid machines`.'));
}
