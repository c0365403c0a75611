import { problem, type Problem } from '../errors';
import { raise } from '../raise';
import type { Environment, ModelledService } from './environment';
import type { ServicePath } from './identity';

/** Which services are meant; what is left out, or empty, is any. */
export interface Selection {
  domain?: string;
  name?: string;
  instance?: string;
  /** Only what stands below it; with `immediate` only directly. */
  parent?: ServicePath;
  immediate?: boolean;
}

const FIELDS = ['domain', 'name', 'instance'] as const;

/** The services that are meant, in the order of their paths. */
export const findServices = (environment: Environment, selection: Selection): ModelledService[] =>
  [...environment.values()].filter((service) => FIELDS.every((field) => !selection[field] || selection[field] === service[field]) && isBelow(service, selection));

function isBelow({ path, parent }: ModelledService, { parent: wanted, immediate }: Selection): boolean {
  if (wanted === undefined) return !immediate || parent === null;
  return immediate ? parent === wanted : path.startsWith(`${wanted}/`);
}

/** The one service that is meant. Raises Problem 404 `service_not_found` or 409 `ambiguous_service` with all of them. */
export function getService(environment: Environment, selection: Selection): ModelledService {
  const found = findServices(environment, selection);
  if (found.length !== 1) raise(found.length === 0 ? notFound(environment, selection) : ambiguous(found, selection));
  return found[0]!;
}

const shown = ({ domain, name, instance, parent }: Selection) =>
  [domain || '*', name || '*', instance || '*'].join('__') + (parent === undefined ? '' : ` below ${parent}`);

function notFound(environment: Environment, selection: Selection): Problem {
  const like = selection.name ? findServices(environment, { name: selection.name }) : [];
  return problem(404, 'service_not_found', `cannot find service ${shown(selection)}`, like.length > 0 ? `There is ${list(like)}.` : '`grid ays list --installed` shows all there are.');
}

const ambiguous = (found: ModelledService[], selection: Selection): Problem =>
  problem(409, 'ambiguous_service', `multiple service found for ${shown(selection)}: ${list(found)}; be more precise`, 'Give domain, instance or parent, too.');

const list = (services: ModelledService[]) => services.slice(0, 10).map(({ path }) => path).join(', ') + (services.length > 10 ? ` and ${services.length - 10} more` : '');
