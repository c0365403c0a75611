import type { Client } from '@temporalio/client';
import { recordedMachines, type Config } from '../config';
import { CAPACITY_ID, ENVIRONMENT_ID, PLANNER_ID } from '../model/ids';
import { newPlanner } from '../model/services/planner_state';
import type { RuleTimes } from '../model/services/capacity_state';
import { defineCapacitySchedule } from './define_capacity_schedule';
import { ensureEntity, updateEntity } from './entities';

/** The deployment planner, the capacity planner and the environment, which live as long as the grid. */
export async function definePlanners(client: Client, { capacity, home }: Pick<Config, 'capacity' | 'home'>): Promise<void> {
  // Only a grid that knows nothing else of itself begins with it.
  const before = recordedMachines(home);
  await ensureEntity(client, { workflow: 'deploymentPlanner', id: PLANNER_ID, input: before ? newPlanner(new Date().toISOString(), before) : {}, summary: 'deployment planner' });
  await ensureEntity(client, { workflow: 'environment', id: ENVIRONMENT_ID, input: before ? { adopt: true } : {}, summary: 'environment: the model in git' });
  const times: RuleTimes = {
    cooldownOutSeconds: capacity.cooldownOutMs / 1000, cooldownInSeconds: capacity.cooldownInMs / 1000, stabilisationSeconds: capacity.stabilisationMs / 1000,
  };
  await updateEntity<void>(client, { workflow: 'capacityRules', id: CAPACITY_ID, input: {}, summary: 'capacity planner: rules' }, 'put_defaults', times);
  await defineCapacitySchedule(client, capacity.intervalMs);
}
