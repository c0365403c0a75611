import type { Client } from '@temporalio/client';
import { serviceId } from '../../model/ids';
import type { ServiceSeen } from '../../model/services/capacity_rule';
import { serviceOf } from '../../model/services/check_task';
import type { PlannerDocument } from '../../model/services/planner_state';
import type { ServiceDocument } from '../../model/services/service_state';
import { each } from '../machines/each';
import { documentOf } from './documents';
import { isWanted } from './is_service_wanted';
import { readValue } from './read_value';

const NOT_THERE_YET: ServiceSeen = { progress: 'INSTALLING_SERVICE', settled: false, min: 0, max: 0, instances: [], values: {} };

/** A service as it is now, with the values of this property; null when nobody wants it any more. */
export async function seeService(client: Client, planner: PlannerDocument, service: string, property: string): Promise<ServiceSeen | null> {
  if (!isWanted(planner, service)) return null;
  const document = await documentOf<ServiceDocument>(client, serviceId(service));
  if (!document) return NOT_THERE_YET;
  const { state: progress, wish, instances } = document;
  const seen = { progress, settled: isSettled(planner, document), min: wish.min, max: wish.max, instances: instances.map((i) => i.instance) };
  // Nothing is decided about such a service, whatever its values are.
  if (progress !== 'SERVICE_INSTALLED' || !seen.settled) return { ...seen, values: {} };
  const values = await each(instances, async ({ instance, agent }) => [instance, await readValue(client, { service, instance, agent }, property)]);
  return { ...seen, values: Object.fromEntries(values.filter(([, value]) => value !== undefined)) as ServiceSeen['values'] };
}

/** Nobody holds it, and it is what the planner planned last. */
function isSettled({ services, pending }: PlannerDocument, { wish, sequence, instances, paused }: ServiceDocument): boolean {
  const changing = pending.some((task) => serviceOf(task) === wish.service);
  return !paused && !changing && services[wish.service]?.sequence === sequence && instances.length === wish.planned;
}
