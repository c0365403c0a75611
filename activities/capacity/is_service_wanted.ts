import { PLANNER_ID } from '../../model/ids';
import { serviceOf } from '../../model/services/check_task';
import type { PlannerDocument } from '../../model/services/planner_state';
import type { Surroundings } from '../surroundings';
import { documentOf } from './documents';

/** Whether the deployment planner knows this service, or is about to. */
export const isServiceWanted = ({ client }: Surroundings) => async (service: string): Promise<boolean> => {
  const planner = await documentOf<PlannerDocument>(client, PLANNER_ID);
  return planner !== undefined && isWanted(planner, service);
};

export const isWanted = ({ services, pending }: PlannerDocument, service: string): boolean =>
  Object.hasOwn(services, service) || pending.some((task) => task.task === 'install_service_task' && serviceOf(task) === service);
