import { z } from '@hono/zod-openapi';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { newCompute, viewComputeDetail } from '../../model/compute_state';
import { refuseBuiltIn, refuseConnector } from '../../model/define_compute';
import { computeId } from '../../model/ids';
import type { CommandResult, ComputeInput, DefineCompute } from '../../model/messages';
import { raise } from '../../model/raise';
import { json, jsonBody, ourProblem } from '../http/answers';
import { readJson } from '../http/body';
import { checkName } from '../http/check';
import { endpoint } from '../http/endpoint';
import { absolute, userOf, type Ctx, type Grid } from '../http/grid';
import { updateIdOf } from '../http/idempotency';
import { callMachines } from '../temporal/machine_call';
import { firstSummary, startOptions } from '../temporal/start';
import { sendUpdate } from '../temporal/update';
import { within } from '../temporal/within';
import { isDefined } from './is_defined';
import { compute, COMPUTE_PATH, COMPUTES } from './schemas';
import { viewCompute } from './view_compute';

/** Its driver is asked first what is there. */
const PROBE_MS = 20_000;
const START_MS = 3_000;

const schema = z.strictObject({ connector: z.string().min(1).max(1_000).openapi({ example: 'process:?net=127.98&cpu=2' }) });

/**
 * Defines a compute, or gives one another connector while nothing of it is reserved. Nothing is kept before its driver
 * has said what is there: what is refused changes nothing.
 */
export const putCompute = endpoint(
  {
    method: 'put', path: COMPUTE_PATH, tag: 'computes', summary: 'Define a compute, or change its connector', params: z.object({ name: z.string() }), body: jsonBody(schema),
    answers: {
      201: json('Defined; Location is the compute', compute), 200: json('It was there; as it is now', compute),
      400: ourProblem, 409: ourProblem, 413: ourProblem, 415: ourProblem, 503: ourProblem, 504: ourProblem,
    },
  },
  async (c, { params }, grid) => {
    const name = checkName(params.name, 'name');
    const { connector } = await readJson(c, { schema, wrongType: 415 });
    const objection = refuseBuiltIn(name) ?? refuseConnector(name, connector);
    if (objection) raise(objection);
    const created = !(await isDefined(grid, name)) && (await create(c, grid, { name, connector }));
    if (!created) await change(c, grid, name, { connector });
    c.header('Location', absolute(c, `${COMPUTES}/${name}`));
    return c.json(await viewCompute(c, grid, name), created ? 201 : 200);
  },
);

const change = (c: Ctx, grid: Grid, name: string, arg: DefineCompute): Promise<CommandResult> =>
  sendUpdate(grid, { id: computeId(name), name: 'define', arg, updateId: updateIdOf(c), withinMs: PROBE_MS });

/** False when somebody else was quicker. */
async function create(c: Ctx, grid: Grid, { name, connector }: ComputeInput): Promise<boolean> {
  const { capacity } = await callMachines(grid, userOf(c), { op: 'probe', compute: name, connector }, PROBE_MS);
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
