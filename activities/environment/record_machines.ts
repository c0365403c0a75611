import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { blockAbove, MACHINES_FILE, writeMachinesFile } from '../../model/environment/machines_file';
import { PLANNER_ID } from '../../model/ids';
import type { PlannerDocument } from '../../model/services/planner_state';
import { writeWhole } from '../machines/process/directory';
import type { Surroundings } from '../surroundings';
import { readMachines, type Repository } from './repository';

export const askPlanner = (client: Client): Promise<PlannerDocument> => client.workflow.getHandle(PLANNER_ID).query<PlannerDocument>('document');

/**
 * Has the environment say which agents its nodes have now.
 * @param without nodes whose machines are about to be given back
 * @returns the file, when it is another one than before
 */
export async function recordMachines({ client, grid, agents }: Surroundings, repository: Repository, without: readonly string[] = []): Promise<string[]> {
  const [before, { others = {}, inherited = {}, plan }] = await Promise.all([readMachines(repository), askPlanner(client)]);
  const given = Object.entries({ ...inherited, ...others }).filter(([node]) => !without.includes(node));
  if (!before && given.length === 0) return [];
  const now = { grid, temporal: agents.env['TEMPORAL_ADDRESS'] ?? '', numbersBelow: blockAbove(plan.nextAgent, before?.numbersBelow), agents: Object.fromEntries(given) };
  if (before && writeMachinesFile(before) === writeMachinesFile(now)) return [];
  await writeWhole(join(repository.path, MACHINES_FILE), writeMachinesFile(now), 0o600);
  return [MACHINES_FILE];
}
