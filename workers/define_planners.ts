import type { Client } from '@temporalio/client';
import { PLANNER_ID } from '../model/ids';
import { ensureEntity } from './entities';

/** The deployment planner, which lives as long as the grid. */
export const definePlanners = (client: Client): Promise<void> =>
  ensureEntity(client, { workflow: 'deploymentPlanner', id: PLANNER_ID, input: {}, summary: 'deployment planner' });
