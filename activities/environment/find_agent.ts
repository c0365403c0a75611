import type { AgentInput } from '../../model/services/agent_state';
import type { NodeMachine } from '../../model/environment/run';
import { problem } from '../../model/errors';
import { agentId } from '../../model/ids';
import { openDriver } from '../machines/open_driver';
import { listParts, partsOf } from '../machines/parts';
import { computeOf } from '../orders/order_documents';
import { ProblemError } from '../problem_error';
import type { Surroundings } from '../surroundings';
import { aboutModel } from './about_model';
import { haveCompute } from './take_agent';

/**
 * Looks for the machine of an agent on the compute of its node, which is defined where it is not there; null: there is none.
 * @throws ProblemError as long as that cannot be said
 */
export const findAgent = (around: Surroundings) => ({ agent, ...machine }: NodeMachine): Promise<NonNullable<AgentInput['before']> | null> => aboutModel(async () => {
  await haveCompute(around.client, machine);
  const { name, connector, state } = await computeOf(around.client, machine.compute);
  // What it has is held for whoever had it only once it was looked at.
  if (state === 'probing') throw new ProblemError(problem(503, 'compute_not_ready', `compute ${name} has not said yet what it has`, 'See `grid computes`.'), true);
  const { machines, away } = await listParts(partsOf(openDriver({ ...around, name, connector })), agentId(agent!));
  const [newest] = machines.sort((one, other) => other.generation - one.generation);
  if (!newest && away.size > 0) throw [...away.values()][0]!;
  return newest ? { generation: newest.generation, host: newest.host, networks: newest.holds?.networks ?? [] } : null;
});
