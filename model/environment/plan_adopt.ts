import { isProblem, problem, type Problem } from '../errors';
import type { Environment } from './environment';
import type { ServicePath } from './identity';
import { machineFor, OWN_MACHINE } from './node_machine';
import type { PlannedRun } from './plan_run';
import type { NodeMachine } from './run';

/**
 * Looks for the machines that a grid of before had for nodes, and takes over what is on them. What that is only they can
 * say, so services are not planned.
 * @param inherited numbers of their agents, by node
 */
export const planAdopt = (environment: Environment, inherited: Readonly<Record<ServicePath, number>>): PlannedRun =>
  ({ written: [], environment, tasks: [], machines: Object.entries(inherited).map(([node, agent]) => ({ ...placeOf(environment, node), agent })), removed: [], released: [], stays: [] });

/** A node that the model does not have, or cannot place, is said and left as it is. */
function placeOf(environment: Environment, node: ServicePath): NodeMachine {
  if (node === '') return OWN_MACHINE;
  const service = environment.get(node);
  const nowhere = (problem: Problem): NodeMachine => ({ node, compute: '', cpu: 0, memMiB: 0, problem });
  if (!service) return nowhere(problem(404, 'service_not_found', `${node} is not in the environment, so nobody knows where its machine is`, 'Bring it back, and run `grid ays adopt`; or end what runs there by hand.'));
  try {
    return machineFor(environment, service);
  } catch (error) {
    if (!isProblem(error)) throw error;
    return nowhere(error);
  }
}

/** What speaks against a plan: services of which nobody knows yet how they really are. */
export function objectToUnadopted({ tasks, machines }: Pick<PlannedRun, 'tasks' | 'machines'>, inherited: Readonly<Record<ServicePath, number>>): Problem | undefined {
  const node = [...machines.map((machine) => machine.node), ...tasks.map((task) => task.node ?? '')].find((one) => Object.hasOwn(inherited, one));
  return node === undefined ? undefined : problem(409, 'not_adopted', `${node || "the grid's own machine"} of the grid before this one is not taken over yet, and nobody knows what runs there`,
    'See `grid watch run/adopt`; `grid ays adopt` tries again.');
}
