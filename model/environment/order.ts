import { problem } from '../errors';
import { raise } from '../raise';
import type { Environment, ModelledService } from './environment';
import { producersOf } from './consume';
import { providersOf } from './dependencies';
import type { ServicePath } from './identity';

/** A service of a run, and those of the same run that come before it. */
export interface Ordered {
  path: ServicePath;
  after: ServicePath[];
}

/** What has to be there before a service is: what it depends on, what it consumes, what it stands in. */
export const needsOf = (environment: Environment, service: ModelledService): ServicePath[] =>
  [...new Set([...(service.parent !== null && environment.has(service.parent) ? [service.parent] : []), ...providersOf(environment, service), ...producersOf(environment, service)])];

/** These services and everything they need, themselves or through others. */
export function withNeeds(environment: Environment, paths: readonly ServicePath[], needs = needsOf): Set<ServicePath> {
  const all = new Set<ServicePath>();
  const visit = (path: ServicePath) => {
    const service = environment.get(path);
    if (!service || all.has(path)) return;
    all.add(path);
    for (const need of needs(environment, service)) visit(need);
  };
  for (const path of paths) visit(path);
  return all;
}

/**
 * The services depth first, each once and after all that it needs. What of a run does not need one another may go
 * on at the same time: `after` says what each waits for, over services that are not part of the run, too. Raises
 * Problem 409 `cycle` that names the circle.
 */
export function orderOf(environment: Environment, paths: readonly ServicePath[]): Ordered[] {
  const wanted = new Set(paths);
  const done = new Map<ServicePath, ServicePath[]>();
  const trail: ServicePath[] = [];
  const ordered: Ordered[] = [];
  const visit = (path: ServicePath): ServicePath[] => {
    const known = done.get(path);
    if (known) return known;
    if (trail.includes(path)) raise(circle([...trail.slice(trail.indexOf(path)), path]));
    trail.push(path);
    const after = [...new Set(needsOf(environment, environment.get(path)!).flatMap(visit))];
    trail.pop();
    if (wanted.has(path)) ordered.push({ path, after });
    const visible = wanted.has(path) ? [path] : after;
    done.set(path, visible);
    return visible;
  };
  for (const path of paths) if (environment.has(path)) visit(path);
  return ordered;
}

/** The other way round: what needs a service comes before it, as when everything is stopped. */
export function reversed(ordered: readonly Ordered[]): Ordered[] {
  const before = new Map<ServicePath, ServicePath[]>(ordered.map(({ path }) => [path, []]));
  for (const { path, after } of ordered) for (const one of after) before.get(one)!.push(path);
  return ordered.toReversed().map(({ path }) => ({ path, after: before.get(path)! }));
}

const circle = (paths: ServicePath[]) =>
  problem(409, 'cycle', `services need each other in a circle: ${paths.join(' → ')}`, 'Take one of these dependencies, or producers, out.');
