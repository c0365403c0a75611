import { problem, type Problem } from '../errors';
import { isMap } from '../options';
import { raise } from '../raise';
import { objection } from './check_task';
import { compareValues } from './compare';
import {
  fieldsOf, present, readAny, readCount, readData, readLabel, readName, readObject, readThreshold, readTime, readTrue, readUri, refuseOthers, settle, wrong, type Fields,
} from './fields';
import { isServiceName, subjectOf, type Subject } from './seed_ids';
import { CAPACITY_PATH, INSTANCE_KEYS, PLANNER_PATH, type Routing, type Task } from './task';

const PLANNER_TASKS = ['install_service_task', 'uninstall_service_task', 'scale_service_task', 'update_service_task'];
const USER_TASKS = [...PLANNER_TASKS, 'scaling_rules_task', 'set_instance_property_task'];

/** The grid gives these to itself (`spec` §1.2). */
const INTERNAL_TASKS = [
  'update_deployment_plan_task', 'plan_service_task', 'plan_service_instance_task', 'plan_agent_task', 'service_installing_task', 'service_installed_task',
  'service_uninstalling_task', 'service_uninstalled_task', 'service_instance_unreachable_task', 'remove_service_instance_task', 'start_machine_task',
  'terminate_machine_task', 'terminate_machine_of_non_responsive_agent_task', 'start_agent_task', 'ping_agent_task', 'mark_agent_as_stopping_task',
  'scale_on_compute_task', 'move_service_task', 'install_service_instance_task', 'start_service_instance_task', 'stop_service_instance_task', 'recover_service_instance_state_task', 'task_producer_task',
];

const ROUTING = ['state_id', 'consumer_id', 'producer_id', 'producer_timestamp'];

/**
 * A posted task: its fields flat, its routing nested or flat (`spec` §1.6 e), ids as absolute URIs of any host or as paths.
 * Answers it with paths for ids.
 * @throws Problem 400 naming every field that is wrong, 404 for a consumer that cannot be
 */
export function readTask(posted: Record<string, unknown>, nowMs: number): Task {
  const { routing: nested, task, ...flat } = posted;
  const type = readType(task);
  const own = Object.fromEntries(Object.entries(flat).filter(([name]) => !ROUTING.includes(name)));
  const fields = fieldsOf(own);
  const routing = readRouting(fields, { ...Object.fromEntries(Object.entries(flat).filter(([name]) => ROUTING.includes(name))), ...nestedIn(nested) }, nowMs);
  const read = READERS[type]!(fields);
  refuseOthers(fields, type);
  settle(fields);
  checkRoute(type, routing!);
  const asked: Task = { task: type, ...present(read), routing: routing! };
  refuseInstall(asked);
  return asked;
}

/** What contradicts itself is refused without asking anybody. */
function refuseInstall(task: Task): void {
  const refused = task.task === 'install_service_task' ? objection(undefined, task) : undefined;
  if (refused) raise(refused);
}

function readType(task: unknown): string {
  if (typeof task !== 'string') raise(problem(400, 'invalid_task', 'task: is missing, wanted is the type of the task', `Give one of ${USER_TASKS.join(', ')}.`, { field: 'task' }));
  if (USER_TASKS.includes(task)) return task;
  if (INTERNAL_TASKS.includes(task)) raise(problem(400, 'internal_task', `task: ${task} is for the grid itself`, `Post one of ${USER_TASKS.join(', ')}.`, { field: 'task' }));
  raise(problem(400, 'unknown_task', `task: there is no ${JSON.stringify(task.slice(0, 60))}`, `Give one of ${USER_TASKS.join(', ')}.`, { field: 'task' }));
}

const nestedIn = (routing: unknown): Record<string, unknown> => {
  if (routing === undefined || isMap(routing)) return routing ?? {};
  raise(problem(400, 'invalid_task', 'routing: is not an object', 'Give it as an object, or its fields beside those of the task.', { field: 'routing' }));
};

/** SG-6. */
function readRouting({ problems }: Fields, given: Record<string, unknown>, nowMs: number): Routing | undefined {
  const fields: Fields = { ...fieldsOf(given), prefix: 'routing.', problems };
  const consumer = readUri(fields, 'consumer_id');
  const producer = readUri(fields, 'producer_id');
  const state = readUri(fields, 'state_id', true) ?? consumer;
  const at = readTime(fields, 'producer_timestamp', true) ?? nowMs;
  refuseOthers(fields, 'routing');
  return consumer && producer && state ? { state_id: state, consumer_id: consumer, producer_id: producer, producer_timestamp: at } : undefined;
}

const READERS: Record<string, (fields: Fields) => Record<string, unknown>> = {
  install_service_task: readInstall,
  uninstall_service_task: (fields) => ({ service_id: readService(fields) }),
  scale_service_task: (fields) => ({ service_id: readService(fields), planned_number_of_instances: readCount(fields, 'planned_number_of_instances') }),
  update_service_task: readUpdate,
  scaling_rules_task: readRule,
  set_instance_property_task: readProperty,
};

function readInstall(fields: Fields) {
  const display_name = readLabel(fields, 'display_name');
  const planned = readCount(fields, 'planned_number_of_instances');
  const max = readCount(fields, 'max_number_of_instances');
  const min = readCount(fields, 'min_number_of_instances');
  const { service_id: given } = fields.given;
  const service_id = typeof given === 'string' && !given.endsWith('/')
    ? (fields.read.add('service_id'), wrong(fields, 'service_id', `service_id: ${given.slice(0, 200)} must end with /`, `Write ${given.slice(0, 200)}/.`))
    : readService(fields);
  return {
    display_name, planned_number_of_instances: planned, max_number_of_instances: max, min_number_of_instances: min, service_id,
    recipe: readName(fields, 'recipe', true), data: readData(fields, 'data'), compute: readName(fields, 'compute', true),
  };
}

function readService(fields: Fields, name = 'service_id'): string | undefined {
  const path = readUri(fields, name);
  if (path === undefined || subjectOf(path)?.kind === 'service') return path;
  const last = /^\/services\/([^/]+)\/$/.exec(path)?.[1];
  if (last !== undefined && !isServiceName(last)) return wrong(fields, name, `${name}: ${last.slice(0, 80)} cannot be the name of a service`, 'Use letters, digits, ".", "_" and "-", and no name of the grid\'s own.');
  return wrong(fields, name, `${name}: ${path.slice(0, 200)} is not the id of a service`, 'Write it as http://localhost/services/<name>/.');
}

function readUpdate(fields: Fields) {
  const read = { service_id: readService(fields), recipe: readName(fields, 'recipe', true), data: readData(fields, 'data'), rollback: readTrue(fields, 'rollback', true) };
  const changes = read.recipe !== undefined || read.data !== undefined;
  if (changes && read.rollback) wrong(fields, 'rollback', 'rollback: goes with neither recipe nor data', 'Take the last change back, or make another one.');
  if (!changes && !read.rollback && fields.problems.length === 0) wrong(fields, 'data', 'data: nothing is to be changed', 'Give recipe or data, or rollback: true.');
  return read;
}

function readRule(fields: Fields) {
  const given = readObject(fields, 'scaling_rule') ?? {};
  // Where the original put the id of the service later.
  const { service_id: inRule, ...rest } = given;
  if (inRule !== undefined && fields.given.service_id === undefined) fields.given.service_id = inRule;
  const service_id = readService(fields);
  const rule: Fields = { given: rest, prefix: 'scaling_rule.', read: new Set(), problems: fields.problems };
  const property_name = readPropertyName(rule);
  const high_threshold = readThreshold(rule, 'high_threshold');
  const low_threshold = readThreshold(rule, 'low_threshold');
  if (high_threshold !== undefined && low_threshold !== undefined) noteThresholds(rule, low_threshold, high_threshold);
  const times = Object.fromEntries(['cooldown_out_seconds', 'cooldown_in_seconds', 'stabilisation_seconds'].map((name) => [name, readCount(rule, name, true)]));
  refuseOthers(rule, 'a scaling rule');
  return { service_id, scaling_rule: present({ property_name, high_threshold, low_threshold, ...times }) };
}

function noteThresholds(rule: Fields, low: number | string | boolean, high: number | string | boolean): void {
  const order = compareValues(low, high);
  if (order === undefined) wrong(rule, 'low_threshold', 'scaling_rule.low_threshold: cannot be compared with high_threshold', 'Give two numbers, or two texts.');
  else if (order >= 0) wrong(rule, 'low_threshold', `scaling_rule.low_threshold: ${low} is not below high_threshold ${high}`, 'Give a low_threshold below the high_threshold.');
}

const MAX_VALUE_CHARS = 16 * 1024;

function readProperty(fields: Fields) {
  const property_name = readPropertyName(fields);
  const property_value = readAny(fields, 'property_value');
  if ((JSON.stringify(property_value) ?? '').length > MAX_VALUE_CHARS) wrong(fields, 'property_value', `property_value: has more than ${MAX_VALUE_CHARS} characters`, 'Give a smaller value.');
  return { property_name, property_value };
}

function readPropertyName(fields: Fields): string | undefined {
  const name = readLabel(fields, 'property_name');
  if (name !== undefined && (INSTANCE_KEYS.includes(name) || name === '__proto__')) return wrong(fields, 'property_name', `${fields.prefix}property_name: ${name} is taken`, 'Use another name.');
  return name;
}

/** Sent to whom it is for, about what that consumer may change (SG-9). */
function checkRoute(type: string, { consumer_id, state_id }: Routing): void {
  const consumer = subjectOf(consumer_id) ?? raise(unknownConsumer(consumer_id));
  if (type === 'set_instance_property_task') {
    if (consumer.kind !== 'agent') raise(misrouted('consumer_id', type, 'the agent that has the instance', consumer_id));
    if (subjectOf(state_id)?.kind !== 'instance') raise(misrouted('state_id', type, 'an instance', state_id));
    return;
  }
  const wanted = PLANNER_TASKS.includes(type) ? PLANNER_PATH : CAPACITY_PATH;
  if (consumer_id !== wanted) raise(misrouted('consumer_id', type, wanted, consumer_id));
  if (state_id !== wanted) raise(misrouted('state_id', type, wanted, state_id));
}

export const unknownConsumer = (path: string): Problem =>
  problem(404, 'unknown_consumer', `consumer_id: there is no consumer ${path.slice(0, 200)}`, `Tasks are for ${PLANNER_PATH}, ${CAPACITY_PATH} or an agent.`, { field: 'routing.consumer_id' });

const misrouted = (field: string, type: string, wanted: string, given: string): Problem =>
  problem(400, 'wrong_route', `${field}: ${type} is for ${wanted}, not for ${given.slice(0, 200)}`, `Send it to ${wanted}.`, { field: `routing.${field}` });

/** The queue that a task goes to: a consumer that takes tasks of users. */
export const isConsumer = (subject: Subject | undefined): subject is Subject => subject !== undefined && !['service', 'instance'].includes(subject.kind);
