import { fieldsOf, present, readCount, readLabel, refuseOthers, settle, wrong, type Fields } from './fields';
import type { PutService } from './messages';
import { idPath } from './seed_ids';
import { canonical, servicePath } from './task';
import type { SeedDocument } from './views';

/** Fields of a service's document that users may not write (DESIGN §11): they may only stand there as they are. */
export const FIXED: readonly string[] = ['progress', 'instance_ids', 'executing_task', 'tasks_history'];

/**
 * The document of an installed service as a user puts it: the wishes in it.
 * @param current the document as it is
 * @throws Problem 400 naming every field that is wrong, or not for users
 */
export function readPut(posted: Record<string, unknown>, service: string, current: SeedDocument): Omit<PutService, 'expected'> {
  const fields = fieldsOf(posted);
  const wishes = {
    displayName: readLabel(fields, 'display_name', true), planned: readCount(fields, 'planned_number_of_instances', true),
    max: readCount(fields, 'max_number_of_instances', true), min: readCount(fields, 'min_number_of_instances', true),
  };
  refuseOtherService(fields, service);
  for (const name of FIXED) refuseChange(fields, name, current[name]);
  refuseOthers(fields, 'a service');
  settle(fields);
  return { service, ...present(wishes) };
}

function refuseOtherService(fields: Fields, service: string): void {
  const { service_id: given } = fields.given;
  fields.read.add('service_id');
  if (given !== undefined && (typeof given !== 'string' || idPath(given) !== servicePath(service))) {
    wrong(fields, 'service_id', 'service_id: is not that of the address', 'Leave it out, or put to the address of that service.');
  }
}

function refuseChange(fields: Fields, name: string, current: unknown): void {
  const given = fields.given[name];
  fields.read.add(name);
  if (given !== undefined && canonical(given) !== canonical(current)) {
    wrong(fields, name, `${name}: is not for users to change`, 'Put back what you read, or leave it out; wishes are display_name and the numbers of instances.', 'not_writable');
  }
}
