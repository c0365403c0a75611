import { Context } from '@temporalio/activity';
import { mayChange, maySee, ownedBy } from '../../model/access';
import { isCounted } from '../../model/counted';
import { problem } from '../../model/errors';
import type { Machine } from '../../model/machine';
import type { MachineCall, MachineCallResult, Unreachable } from '../../model/messages';
import { planOrder } from '../orders/plan_order';
import { planTask } from '../orders/plan_task';
import type { Surroundings } from '../surroundings';
import { ProblemError } from '../problem_error';
import { within } from '../within';
import { allComputes } from './all_computes';
import type { Driver } from './driver';
import { examined } from './examine';
import { openDriver } from './open_driver';
import { partAt, partsOf } from './parts';
import { probeCompute } from './probe_compute';
import { ownersOf } from './unclaimed';

/** One command of a person or a script on machines, wherever they are, or what a command would do. @throws ProblemError 404 for an unknown one. */
export const callMachine = (around: Surroundings) => async (call: MachineCall): Promise<MachineCallResult> => {
  const signal = Context.current().cancellationSignal;
  if (call.op === 'probe') {
    const { unclaimed: _u, ...capacity } = await probeCompute(around)(call);
    return { op: 'probe', capacity };
  }
  if (call.op === 'plan_order') return { op: call.op, plan: await planOrder(around)(call.order) };
  if (call.op === 'plan_task') return { op: call.op, plan: await planTask(around)(call.task) };
  const computes = (await allComputes(around.client)).filter(({ connector }) => !isCounted(connector));
  const places = computes.map(({ name, connector }) => ({ name, driver: openDriver({ name, connector, ...around }) }));
  const sees = ({ owner }: Machine) => !call.caller || maySee(call.caller, ownedBy(owner));
  if (call.op === 'list') return listed(places, call.owner, sees);
  if (call.op === 'examine') return { op: 'examine', computes: await examined(places) };
  const { driver, machine } = await holderOf(places, call.machine, sees);
  if (call.op === 'find') return { op: 'find', machine };
  if (call.op === 'remove') return removed(around, driver, machine, signal);
  if (call.caller && call.op === 'exec' && !mayChange(call.caller, ownedBy(machine.owner))) throw new ProblemError(notYours(machine));
  if (call.op === 'exec') return { op: 'exec', result: await driver.exec(call.machine, call.request, signal) };
  return { op: 'logs', chunk: await driver.logs(call.machine, call.request, signal) };
};

/** @throws ProblemError 409 `machine_in_use` for one that somebody has */
async function removed({ client }: Surroundings, driver: Driver, machine: Machine, signal: AbortSignal): Promise<MachineCallResult> {
  const owner = (await ownersOf(client, [machine])).get(machine.owner);
  if (owner === undefined || owner === 'running') {
    throw new ProblemError(problem(409, 'machine_in_use', `machine ${machine.id} belongs to ${machine.owner}`, 'Take that down, or scale it; only a machine that nothing has any more is removed by itself.', { field: 'id' }));
  }
  await partAt(driver, machine.host).stop(machine.id, { graceMs: STOP_GRACE_MS }, signal);
  return { op: 'remove' };
}

const STOP_GRACE_MS = 5_000;

const notYours = ({ id, owner }: Machine) => problem(403, 'forbidden', `machine ${id} belongs to ${owner}, which is there for all: only admins get in`, 'Ask an admin of the grid.');

interface Place {
  name: string;
  driver: Driver;
}

/** What can be seen; a compute that cannot be asked is named, and hides nothing of the others. */
async function listed(places: Place[], owner: string | undefined, sees: (machine: Machine) => boolean): Promise<MachineCallResult> {
  const parts = places.flatMap(({ name, driver }) => partsOf(driver).map((part) => ({ name, ...part })));
  const seen = await Promise.all(parts.map(({ name, driver }) => asked(name, driver.list(owner))));
  return { op: 'list', machines: seen.flatMap(({ found }) => found ?? []).filter(sees), unreachable: seen.flatMap(({ away }) => away ?? []) };
}

/** @throws ProblemError 404 when no compute has it, or has it for somebody else; 503 when one that may have it cannot be asked */
async function holderOf(places: Place[], id: string, sees: (machine: Machine) => boolean) {
  const away: Unreachable[] = [];
  for (const { name, driver } of places) {
    const one = await asked(name, driver.find(id));
    if (one.found && sees(one.found)) return { driver, machine: one.found };
    if (one.away) away.push(one.away);
  }
  if (away[0]) throw new ProblemError(problem(503, 'compute_unreachable', `machine ${id} is on none of the computes that answer; ${away.map(({ reason }) => reason).join('; ')}`, 'Try again when it can be reached.'));
  throw new ProblemError(problem(404, 'machine_not_found', `there is no machine ${id}`, 'List them: GET /api/v1/machines, or `grid machines`.'));
}

const ANSWER_WITHIN_MS = 4_000;

/** What may pass by itself is no reason to know nothing of other computes. */
async function asked<T>(compute: string, answer: Promise<T>): Promise<{ found?: T; away?: Unreachable }> {
  try {
    if (await within(answer, ANSWER_WITHIN_MS)) return { found: await answer };
    return { away: { compute, reason: `compute ${compute} did not answer within ${ANSWER_WITHIN_MS / 1000} s` } };
  } catch (error) {
    if (!(error instanceof ProblemError) || !error.passing) throw error;
    return { away: { compute, reason: error.problem.message } };
  }
}
