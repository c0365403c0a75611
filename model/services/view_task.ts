import { isMap } from '../options';
import { isIdField, type Task, type TaskRecord } from './task';

/** Fields that hold what somebody else wrote: shown as they are. */
const VERBATIM = new Set(['property_value', 'data']);
/** Maps with ids for keys, e.g. `instance_ids_by_agent_id`. */
const BY_ID = /_by_[a-z]+_id$/;

/** A task as the seed writes it: flat fields, nested routing (`spec` §1.6 e), ids with the base URL before them. */
export function viewTask({ task, routing, failed, ...fields }: TaskRecord, base: string): Record<string, unknown> {
  const { producer_timestamp, producer_id, consumer_id, state_id } = routing;
  const shownRouting = { producer_timestamp, producer_id: base + producer_id, consumer_id: base + consumer_id, state_id: base + state_id };
  const shown = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return {
    task, ...Object.fromEntries(shown.map(([name, value]) => [name, VERBATIM.has(name) ? value : shownValue(name, value, base)])),
    routing: shownRouting, ...(failed === undefined ? {} : { failed }),
  };
}

export const viewTasks = (tasks: readonly Task[], base: string) => tasks.map((task) => viewTask(task, base));

function shownValue(name: string, value: unknown, base: string): unknown {
  if (typeof value === 'string') return isIdField(name) && value.startsWith('/') ? base + value : value;
  if (Array.isArray(value)) return value.map((one) => shownValue(name, one, base));
  if (!isMap(value)) return value;
  if (BY_ID.test(name)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [base + key, shownValue('instance_ids', one, base)]));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shownValue(key, one, base)]));
}
