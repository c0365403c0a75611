import { problem } from '../errors';
import { getList } from '../hrd/get';
import { findItem, hrdKey, type Hrd } from '../hrd/hrd';
import { raise } from '../raise';
import type { Environment, ModelledService } from './environment';
import type { ServicePath } from './identity';

/**
 * What a producer of a category has to offer, so that any of them can take the place of another (§5.8 a). Categories
 * that are not here are whatever their producers and consumers make of them.
 */
export const OPERATIONS: Record<string, readonly string[]> = {
  node: ['execute', 'upload', 'download'],
  database: ['connection'],
};

/** A link from a service to one that provides something for it (A-24). */
export interface Consumption {
  category: string;
  /** Instance name, or the whole path where several have it. */
  producer: string;
}

const PREFIX = 'producer.';

export const categoriesOf = (hrd: Hrd): string[] => words(hrd, 'service.category');
const words = (hrd: Hrd, key: string) => getList(hrd, key, []).map((one) => String(one).trim().toLowerCase()).filter(Boolean);

/** The links that a service has, by category. */
export const consumptionsOf = (hrd: Hrd): Consumption[] =>
  hrd.items.flatMap((item) => (item.key.startsWith(PREFIX) && item.type === 'base' && item.value ? [{ category: item.key.slice(PREFIX.length), producer: item.value }] : []));

/**
 * Raises Problem 404 `no_producer`, 409 `ambiguous_producer`, 409 `operations_missing`.
 * @param name only one made of this template
 * @param of the service that has the link, to be named
 */
export function producerOf(environment: Environment, { category, producer }: Consumption, { name, of }: { name?: string; of?: ServicePath } = {}): ModelledService {
  const wanted = hrdKey(category);
  const found = [...environment.values()].filter((one) =>
    (one.path === producer || one.instance === producer) && (!name || one.name === name) && categoriesOf(one.hrd).includes(wanted));
  const exact = found.find((one) => one.path === producer);
  if (found.length === 0) {
    const others = [...environment.values()].filter((one) => categoriesOf(one.hrd).includes(wanted)).map((one) => one.instance);
    raise(problem(404, 'no_producer', `${of ? `${of}: ` : ''}Could not find producer:${wanted} for instance:${producer}`,
      others.length > 0 ? `Of this category there is ${[...new Set(others)].slice(0, 10).join(', ')}.` : `Install a service of the category ${wanted} first.`, { field: `producer.${wanted}` }));
  }
  if (found.length > 1 && !exact) {
    raise(problem(409, 'ambiguous_producer', `${of ? `${of}: ` : ''}several producers of ${wanted} have the instance ${producer}: ${found.map((one) => one.path).join(', ')}`,
      'Give the whole path of one of them.', { field: `producer.${wanted}` }));
  }
  return refuseLacking(exact ?? found[0]!, wanted);
}

function refuseLacking(service: ModelledService, category: string): ModelledService {
  const offered = words(service.hrd, 'service.offers');
  const lacking = (OPERATIONS[category] ?? []).filter((one) => !offered.includes(one));
  if (lacking.length === 0) return service;
  return raise(problem(409, 'operations_missing', `${service.path} is of the category ${category}, but does not offer ${lacking.join(', ')}`,
    `A ${category} has to offer ${OPERATIONS[category]!.join(', ')}: say so in \`offers\` of its service.hrd, if it does.`, { field: 'service.offers' }));
}

/** The services that this one consumes, of one category or of any; those that are gone left out. */
export const producersOf = (environment: Environment, { hrd }: ModelledService, wanted?: string): ServicePath[] =>
  consumptionsOf(hrd).filter(({ category }) => !wanted || category === wanted).flatMap(({ category, producer }) =>
    [...environment.values()].find((one) => (one.path === producer || one.instance === producer) && categoriesOf(one.hrd).includes(category))?.path ?? []);

/** The node that a service is on: its own link, or undefined for the machine of the grid itself (A-25). */
export const nodeOf = (environment: Environment, service: ModelledService): ModelledService | undefined => {
  const link = findItem(service.hrd, `${PREFIX}node`);
  return link?.type === 'base' && link.value ? producerOf(environment, { category: 'node', producer: link.value }, { of: service.path }) : undefined;
};

export const isNode = ({ hrd }: Pick<ModelledService, 'hrd'>): boolean => categoriesOf(hrd).includes('node');
