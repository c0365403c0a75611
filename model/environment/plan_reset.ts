import { isNode } from './consume';
import { needsOf, orderOf, reversed, type Ordered } from './order';
import type { Environment } from './environment';
import { providersOf } from './dependencies';
import type { ServicePath } from './identity';
import { problem } from '../errors';
import { raise } from '../raise';

export interface ResetPlan {
  /** What goes: who needs something goes before it. */
  goes: Ordered[];
  /** Dependencies that stay, and who still needs them. */
  stays: { path: ServicePath; because: ServicePath[] }[];
}

/**
 * What a reset of these services takes away (A-11, §5.8 b): they, what stands in them, and each of their dependencies that
 * nobody else needs. Raises Problem 409 `still_needed` where somebody else depends on what is named itself; `force` overrides that, but for
 * nodes that services are on: these would have no machine, and nobody would know what is on it.
 */
export function planReset(environment: Environment, named: readonly ServicePath[], { nodeps = false, force = false } = {}): ResetPlan {
  const going = new Set<ServicePath>(named.flatMap((path) => [path, ...[...environment.keys()].filter((other) => other.startsWith(`${path}/`))]));
  const users = usersOf(environment);
  const others = (path: ServicePath) => (users.get(path) ?? []).filter((user) => !going.has(user));
  const needed = named.flatMap((path) => others(path).map((user) => `${path} by ${user}`));
  const housing = named.filter((path) => isNode(environment.get(path)!)).flatMap((path) => others(path).map((user) => `${user} on ${path}`));
  if (housing.length > 0) {
    raise(problem(409, 'still_needed', `services are on nodes that would go: ${housing.slice(0, 5).join(', ')}`, 'Reset those first, or have them consume another node.'));
  }
  if (needed.length > 0 && !force) {
    raise(problem(409, 'still_needed', `services still need what would go: ${needed.slice(0, 5).join(', ')}`, 'Reset those first, or give them another producer; --force goes on all the same.'));
  }
  const stays = new Map<ServicePath, ServicePath[]>();
  const dependencies = (path: ServicePath) => (nodeps ? [] : providersOf(environment, environment.get(path)!));
  // A dependency may become free only when another one goes, so they are looked at until nothing changes.
  for (let before = -1; before !== going.size; ) {
    before = going.size;
    for (const path of [...going].flatMap(dependencies)) {
      if (going.has(path)) continue;
      const because = [...others(path), ...childrenOf(environment, path, going)];
      if (because.length > 0) stays.set(path, because);
      else {
        stays.delete(path);
        going.add(path);
      }
    }
  }
  return { goes: reversed(orderOf(environment, [...going])), stays: [...stays].map(([path, because]) => ({ path, because })) };
}

const childrenOf = (environment: Environment, path: ServicePath, going: ReadonlySet<ServicePath>) =>
  [...environment.keys()].filter((other) => other.startsWith(`${path}/`) && !going.has(other));

/** Who needs each service: depends on it or consumes it. */
function usersOf(environment: Environment): Map<ServicePath, ServicePath[]> {
  const users = new Map<ServicePath, ServicePath[]>();
  for (const service of environment.values()) {
    for (const need of needsOf(environment, service)) if (need !== service.parent) users.set(need, [...(users.get(need) ?? []), service.path]);
  }
  return users;
}
