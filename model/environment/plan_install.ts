import { problem, problems } from '../errors';
import type { Hrd } from '../hrd/hrd';
import type { Ask } from '../hrd/merge';
import { dictFromPrefix } from '../hrd/prefix';
import { writeHrd } from '../hrd/write';
import { raise } from '../raise';
import { consumptionsOf, producerOf, type Consumption } from './consume';
import { dependenciesOf, provider, type Dependency } from './dependencies';
import type { Environment, ModelledService, Template } from './environment';
import { findServices, getService } from './find_services';
import { findTemplate } from './find_template';
import { DEFAULT_INSTANCE, isPart, type ServicePath } from './identity';
import { makeService, type Made } from './make_service';
import { orderOf, type Ordered } from './order';

/** What somebody wants installed (A-9, A-10). */
export interface InstallRequest {
  name: string;
  domain?: string;
  instance?: string;
  parent?: ServicePath;
  /** Answers and values for the named service alone, never for what it depends on (A-7). */
  data: Record<string, unknown>;
  seed?: Hrd;
  consume: Consumption[];
  /** Restricts the node of `consume` to one made of this template (`--targettype`). */
  targetType?: string;
  /** Without what it depends on. */
  single?: boolean;
  /** Made of its template again even where nothing is given. */
  again?: boolean;
}

export interface InstallPlan {
  named: ServicePath;
  /** New ones and those whose file changes, dependencies first. */
  written: ModelledService[];
  /** Everything that is to be installed. */
  order: Ordered[];
  /** The environment as it is with them. */
  environment: Environment;
}

type Question = Ask & { path: ServicePath };

/**
 * What an install makes of the model: the named service and all that it depends on, each where it is not there yet made
 * of its template, on the same node (A-20). Nothing is changed. Raises Problem 400 `missing_value` that lists every
 * question without an answer, 404 and 409 of templates, producers and circles.
 */
export function planInstall(environment: Environment, templates: readonly Template[], request: InstallRequest): InstallPlan {
  checkNames(request);
  if (request.parent !== undefined && !environment.has(request.parent)) {
    raise(problem(404, 'parent_not_found', `there is no service ${request.parent} to stand in`, 'Install it first.', { field: 'parent' }));
  }
  const world = new Map(environment);
  const written = new Map<ServicePath, ModelledService>();
  const missing: Question[] = [];
  const keep = ({ service, missing: asked }: Made): ModelledService => {
    world.set(service.path, service);
    written.set(service.path, service);
    missing.push(...asked.map((ask) => ({ ...ask, path: service.path })));
    return service;
  };
  const producers = Object.fromEntries(request.consume.map((one) => [one.category.toLowerCase(), linkTo(environment, one, request.targetType)]));
  const named = namedService(world, templates, request, producers, keep);
  const visited = new Set<ServicePath>();
  const visit = (service: ModelledService) => {
    if (visited.has(service.path)) return;
    visited.add(service.path);
    for (const dependency of dependenciesOf(service.hrd).filter((one) => one.type === 'runtime')) {
      visit(provider(world, service, dependency) ?? keep(makeDependency(templates, service, dependency, request.seed)));
    }
  };
  if (!request.single) visit(named);
  else visited.add(named.path);
  refuseUnanswered(missing);
  const order = orderOf(world, [...visited]);
  return { named: named.path, written: order.flatMap(({ path }) => written.get(path) ?? []), order, environment: sorted(world) };
}

function namedService(world: Environment, templates: readonly Template[], request: InstallRequest, producers: Record<string, string>, keep: (made: Made) => ModelledService): ModelledService {
  const { name, domain, instance = DEFAULT_INSTANCE, parent, data, seed, again: anew } = request;
  const meant = { name, instance, immediate: true, ...(domain ? { domain } : {}), ...(parent === undefined ? {} : { parent }) };
  const known = findServices(world, meant).length > 0 ? getService(world, meant) : undefined;
  const template = () => findTemplate(templates, { name, ...(known ? { domain: known.domain } : domain ? { domain } : {}) });
  if (!known) return keep(makeService({ template: template(), instance, parent: parent ?? null, args: data, producers, ...(seed ? { seed } : {}) }));
  if (!anew && Object.keys(data).length === 0 && Object.keys(producers).length === 0 && !seed) return known;
  const links = { ...Object.fromEntries(consumptionsOf(known.hrd).map((one) => [one.category, one.producer])), ...producers };
  const again = makeService({ template: template(), instance, parent: known.parent, args: { ...valuesOf(known), ...short(data) }, producers: links, ...(seed ? { seed } : {}) });
  if (sameText(again.service.hrd, known.hrd) && (!anew || sameFiles(again.service, known))) return known;
  return keep({ ...again, service: { ...again.service, ...(known.exports ? { exports: known.exports } : {}) } });
}

/** The values that an instance has, to be given again. */
const valuesOf = ({ hrd }: ModelledService): Record<string, unknown> => dictFromPrefix({ ...hrd, items: hrd.items.filter((item) => item.type !== 'ask') }, 'instance');

const short = (data: Record<string, unknown>) => Object.fromEntries(Object.entries(data).map(([key, value]) => [key.toLowerCase().replace(/^instance\./, ''), value]));

const sameText = (one: Hrd, other: Hrd): boolean => one === other || writeHrd(one, { sorted: true }) === writeHrd(other, { sorted: true });

const sameFiles = (one: ModelledService, other: ModelledService) => JSON.stringify(Object.entries(one.files).sort()) === JSON.stringify(Object.entries(other.files).sort());

/** It lands where its dependent is: it inherits the producers (A-20). */
function makeDependency(templates: readonly Template[], dependent: ModelledService, dependency: Dependency, seed: Hrd | undefined): Made {
  const template = findTemplate(templates, dependency);
  const producers = Object.fromEntries(consumptionsOf(dependent.hrd).map((one) => [one.category, one.producer]));
  return makeService({ template, instance: dependency.instance, parent: dependent.parent, args: dependency.args, producers, ...(seed ? { seed } : {}) });
}

/** The instance's name where that is enough to find it again, else its path. */
function linkTo(environment: Environment, consumption: Consumption, targetType: string | undefined): string {
  const producer = producerOf(environment, consumption, consumption.category.toLowerCase() === 'node' && targetType ? { name: targetType } : {});
  const alike = [...environment.values()].filter((one) => one.instance === producer.instance && one.path !== producer.path);
  return alike.length === 0 ? producer.instance : producer.path;
}

function checkNames({ name, domain, instance }: InstallRequest): void {
  for (const [field, part] of Object.entries({ name, domain, instance })) {
    if (part !== undefined && part !== '' && !isPart(part)) {
      raise(problem(400, 'invalid_name', `${field} ${JSON.stringify(part.slice(0, 80))} cannot be part of a service's name`, 'Use letters, digits, ".", "-" and single underscores.', { field }));
    }
  }
}

function refuseUnanswered(missing: readonly Question[]): void {
  if (missing.length === 0) return;
  raise(problems(missing.map(({ path, key, name, descr, type, dropdownvals }) =>
    problem(400, 'missing_value', `${path} asks for ${name}${descr ? ` (${descr})` : ''}, which was not given`, `Give it a value, as in --data '${name}:…'.`, { field: key, question: { path, type, ...(dropdownvals ? { dropdownvals } : {}) } }))));
}

const sorted = (world: ReadonlyMap<ServicePath, ModelledService>): Environment => new Map([...world].sort(([one], [other]) => (one < other ? -1 : 1)));
