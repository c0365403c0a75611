import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { newCompute, viewComputeDetail } from '../../model/compute_state';
import { refuseBuiltIn, refuseConnector } from '../../model/define_compute';
import { computeId } from '../../model/ids';
import type { CommandResult, ComputeInput, DefineCompute } from '../../model/messages';
import { raise } from '../../model/raise';
import { within } from '../../process/within';
import type { Ctx, Grid } from '../http/grid';
import { updateIdOf } from '../http/idempotency';
import { callMachines } from '../temporal/machine_call';
import { firstSummary, startOptions } from '../temporal/start';
import { sendUpdate } from '../temporal/update';
import { isDefined } from './is_defined';

/** Its driver is asked first what is there. */
const PROBE_MS = 20_000;
const START_MS = 3_000;

/**
 * Defines a compute, or gives one another connector while nothing of it is used. Nothing is kept before its driver has
 * said what is there.
 * @returns whether it was not there before
 * @throws Problem 400 and 409 for what cannot be, what its driver says
 */
export async function defineCompute(c: Ctx, grid: Grid, name: string, connector: string): Promise<boolean> {
  const objection = refuseBuiltIn(name) ?? refuseConnector(name, connector);
  if (objection) raise(objection);
  const created = !(await isDefined(grid, name)) && (await create(grid, { name, connector }));
  if (!created) await change(c, grid, name, { connector });
  return created;
}

const change = (c: Ctx, grid: Grid, name: string, arg: DefineCompute): Promise<CommandResult> =>
  sendUpdate(grid, { id: computeId(name), name: 'define', arg, updateId: updateIdOf(c), withinMs: PROBE_MS });

/** False when somebody else was quicker. */
async function create(grid: Grid, { name, connector }: ComputeInput): Promise<boolean> {
  const { capacity } = await callMachines(grid, { op: 'probe', compute: name, connector }, PROBE_MS);
  const input: ComputeInput = { name, connector, capacity };
  const state = newCompute(input, new Date().toISOString());
  const summary = firstSummary({ id: state.id, kind: state.kind, owner: state.owner, state: state.state, detail: viewComputeDetail(state) });
  try {
    await within(grid, START_MS, () => grid.client.workflow.start('compute', { ...startOptions(summary, `compute ${name}: ${connector}`), args: [input] }));
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}
