import { problem } from '../errors';
import { parseHrd } from '../hrd/parse';
import { raise } from '../raise';
import { isNode } from './consume';
import { providersOf } from './dependencies';
import { readBlueprint } from './blueprint';
import type { Difference } from './compare';
import type { Environment, ModelledService, Template } from './environment';
import { findServices } from './find_services';
import { machineFor, nodePathOf, OWN_MACHINE } from './node_machine';
import { orderOf, reversed, withNeeds, type Ordered } from './order';
import type { OrderVerb } from './orders';
import { planInstall } from './plan_install';
import { planReset } from './plan_reset';
import type { RunPlan, RunRequest, RunTask, RunVerb } from './run';

export interface PlannedRun extends Omit<RunPlan, 'commit'> {
  /** Services whose files change, or are new. */
  written: ModelledService[];
  /** The model as it is with them. */
  environment: Environment;
}

type Planned = Pick<PlannedRun, 'written' | 'environment' | 'removed' | 'released' | 'stays' | 'journal'> & { order: Ordered[]; verb: OrderVerb; action?: string };

/** Verbs that are an action of the service, under its name in A-34. */
const ACTIONS: Partial<Record<RunVerb, string>> = {
  monitor: 'monitor', configure: 'configure', prepare: 'prepare', cleanup: 'cleanup', test: 'test', execute: 'execute',
  export: 'data_export', import: 'data_import', removedata: 'removedata',
};
/** Those that work on what a service depends on before the service itself. */
const WITH_DEPENDENCIES: readonly RunVerb[] = ['start', 'configure', 'prepare', 'build'];
/** Those that work on who depends on a service before the service. */
const BACKWARDS: readonly RunVerb[] = ['stop', 'prepare', 'removedata'];

export type ChecksumOf = (world: Environment, service: ModelledService) => string;

/**
 * What one command does to the model and to its services (A-9 … A-35). Nothing is changed. Raises a Problem 400, 404 or
 * 409 for what cannot be.
 */
export function planRun(environment: Environment, templates: readonly Template[], request: RunRequest, checksumOf: ChecksumOf): PlannedRun {
  const { order, verb, action, ...rest } = PLANS[request.verb]?.(environment, templates, request) ?? planActions(environment, request);
  const world = rest.environment;
  if (verb === 'install' || verb === 'build') return { ...rest, ...installing(world, order, checksumOf, verb) };
  // What is there already has its machine.
  const argsOf = request.verb === 'import' && request.args?.['id'] !== undefined ? importOf(request.args) : () => undefined;
  const tasks = order.map(({ path, after }): RunTask => {
    const args = argsOf(world.get(path)!);
    return { path, after, verb, node: nodePathOf(world, world.get(path)!), ...(action ? { action } : {}), ...(args ? { args } : {}) };
  });
  return { ...rest, tasks, machines: [] };
}

/** Services to be installed, or built, each on its machine, which is looked for once. */
function installing(world: Environment, order: readonly Ordered[], checksumOf: ChecksumOf, verb: 'install' | 'build' = 'install'): Pick<PlannedRun, 'tasks' | 'machines'> {
  const placed = order.map(({ path, after }) => ({ path, after, machine: machineFor(world, world.get(path)!) }));
  const machines = new Map(placed.map(({ machine }) => [machine.node, machine]));
  const tasks = placed.map(({ path, after, machine }): RunTask => ({ path, after, verb, node: machine.node || null, checksum: checksumOf(world, world.get(path)!) }));
  return { tasks, machines: [...machines.values()] };
}

const NOTHING_GOES = { removed: [], released: [], stays: [] };

type Planner = (environment: Environment, templates: readonly Template[], request: RunRequest) => Planned;

const PLANS: Partial<Record<RunVerb, Planner>> = {
  install: planInstalled,
  consume: (environment, templates, request) => planInstalled(environment, templates, { ...request, nodeps: true }),
  update: planUpdated,
  reset: planRemoved,
  uninstall: planRemoved,
  blueprint: planBlueprint,
};

function planInstalled(environment: Environment, templates: readonly Template[], { selection, data = {}, seed, consume = [], targetType, nodeps }: RunRequest): Planned {
  if (!selection.name) raise(problem(400, 'missing_name', 'it is not said what to install', 'Name a template, as in -n redis.', { field: 'name' }));
  const { name, domain, instance, parent } = selection;
  const plan = planInstall(environment, templates, {
    name, data, consume, single: nodeps === true, ...(domain ? { domain } : {}), ...(instance ? { instance } : {}), ...(parent ? { parent } : {}),
    ...(targetType ? { targetType } : {}), ...(seed === undefined ? {} : { seed: parseHrd(seed) }),
  });
  return { written: plan.written, environment: plan.environment, ...NOTHING_GOES, order: plan.order, verb: 'install' };
}

/** One after the other, each on what those before it left; what is there as it is described stays as it is. */
function planBlueprint(environment: Environment, templates: readonly Template[], { blueprint }: RunRequest): Planned {
  let world = environment;
  const written = new Map<string, ModelledService>();
  const all = new Set<string>();
  for (const request of readBlueprint(blueprint)) {
    const plan = planInstall(world, templates, request);
    world = plan.environment;
    for (const service of plan.written) written.set(service.path, service);
    for (const { path } of plan.order) all.add(path);
  }
  return { written: [...written.values()], environment: world, ...NOTHING_GOES, order: orderOf(world, [...all]), verb: 'install' };
}

/** What differs is made equal: what is not in the model any more goes first, then what is new or another is installed. */
export function planApply(environment: Environment, differences: readonly Difference[], checksumOf: ChecksumOf): PlannedRun {
  const gone = differences.filter((one) => one.is === 'gone').map(({ path }) => path).sort().reverse();
  const order = orderOf(environment, differences.filter((one) => one.is !== 'gone').map(({ path }) => path));
  const { tasks, machines } = installing(environment, order, checksumOf);
  // What stands in something goes before it; their paths say so.
  const removing = gone.map((path): RunTask => ({ path, after: gone.filter((other) => other.startsWith(`${path}/`)), verb: 'remove', node: null }));
  return { written: [], environment, removed: [], released: gone, stays: [], tasks: [...removing, ...tasks], machines };
}

/** made again of the templates as they are now, with the same values. */
function planUpdated(environment: Environment, templates: readonly Template[], request: RunRequest): Planned {
  const named = targets(environment, request);
  let world = environment;
  const written: ModelledService[] = [];
  for (const { name, domain, instance, parent, path } of named) {
    const plan = planInstall(world, templates, { name, domain, instance, ...(parent === null ? {} : { parent }), data: {}, consume: [], single: true, again: true });
    world = plan.environment;
    written.push(...plan.written.filter((one) => one.path === path));
  }
  return { written, environment: world, ...NOTHING_GOES, order: orderOf(world, named.map(({ path }) => path)), verb: 'install' };
}

function planRemoved(environment: Environment, _templates: readonly Template[], request: RunRequest): Planned {
  const named = targets(environment, request).map(({ path }) => path);
  const { goes, stays } = planReset(environment, named, { nodeps: request.nodeps === true, force: request.force === true });
  const removed = goes.map(({ path }) => path);
  return { written: [], environment, removed, released: releasedBy(environment, removed), stays, order: goes, verb: 'remove' };
}

/** Machines that had services and have none any more. */
function releasedBy(environment: Environment, removed: readonly string[]): string[] {
  const nodeOf = (path: string) => nodePathOf(environment, environment.get(path)!) ?? OWN_MACHINE.node;
  const had = new Set(removed.map(nodeOf));
  const kept = new Set([...environment.keys()].filter((path) => !removed.includes(path)).map(nodeOf));
  return [...had].filter((node) => !kept.has(node));
}

function planActions(environment: Environment, request: RunRequest): Planned {
  const { verb, selection, nodeps } = request;
  const named = targets(environment, request).map(({ path }) => path);
  const follows = WITH_DEPENDENCIES.includes(verb) && !nodeps && Boolean(selection.name || selection.domain);
  const all = follows ? withNeeds(environment, named, (world, service) => providersOf(world, service, verb === 'build' ? 'build' : 'runtime')) : new Set(named);
  if (verb === 'build') refuseRemote(environment, [...all]);
  const order = orderOf(environment, [...all]);
  const action = ACTIONS[verb];
  return {
    written: [], environment, ...NOTHING_GOES, order: BACKWARDS.includes(verb) ? reversed(order) : order,
    verb: action ? 'act' : (verb as OrderVerb), ...(action ? { action } : {}), ...(verb === 'export' ? { journal: true as const } : {}),
  };
}

/** What `data_import` gets to restore an export by its number in the journal of each service. Raises Problem 404 `export_not_found`. */
const importOf = (args: Record<string, string>) => ({ path, exports = [] }: ModelledService): Record<string, string> => {
  const line = exports.find(({ id, state, location }) => String(id) === args['id'] && state === 'OK' && location !== '');
  if (line) return { ...args, location: line.location };
  const there = exports.filter(({ state, location }) => state === 'OK' && location !== '').map(({ id }) => id);
  return raise(problem(404, 'export_not_found', `${path} has no export ${args['id']} to be taken back`, there.length > 0 ? `It has ${there.slice(-10).join(', ')}.` : 'It has none; say where the data is with --url.', { field: 'args.id' }));
};

function targets(environment: Environment, { selection }: RunRequest): ModelledService[] {
  const found = findServices(environment, selection);
  if (found.length > 0) return found;
  const { domain, name, instance } = selection;
  return raise(problem(404, 'service_not_found', `cannot find service ${[domain, name, instance].map((part) => part || '*').join('__')}`, '`grid ays list --installed` shows all there are.'));
}

/** what is built is built where the model is. */
function refuseRemote(environment: Environment, paths: string[]): void {
  const remote = paths.find((path) => machineFor(environment, environment.get(path)!).node !== '' && !isNode(environment.get(path)!));
  if (remote) raise(problem(400, 'remote_build', `${remote} is on a node, and building is not supported there`, 'Install it without a node to build it.'));
}
