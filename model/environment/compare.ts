import type { Environment, ModelledService } from './environment';
import type { ServicePath } from './identity';

/** An instance of the environment as it really is. */
export interface RealInstance {
  path: ServicePath;
  /** Of what it is made of; empty: of nothing yet. */
  checksum: string;
  wanted: string;
}

/** How the model and what really runs differ in one service. */
export interface Difference {
  path: ServicePath;
  /** `new`: only in the model; `changed`: made of something else; `gone`: not in the model any more. */
  is: 'new' | 'changed' | 'gone';
}

/** What an apply would mend, by path; nothing where the model is what runs. */
export function compareModel(environment: Environment, real: readonly RealInstance[], checksumOf: (world: Environment, service: ModelledService) => string): Difference[] {
  const there = new Map(real.filter((one) => one.wanted !== 'nothing').map((one) => [one.path, one]));
  const wanted = [...environment.values()].flatMap((service): Difference[] => {
    const found = there.get(service.path);
    if (!found) return [{ path: service.path, is: 'new' }];
    return found.checksum === checksumOf(environment, service) ? [] : [{ path: service.path, is: 'changed' }];
  });
  const gone = [...there.keys()].filter((path) => !environment.has(path)).map((path): Difference => ({ path, is: 'gone' }));
  return [...wanted, ...gone].sort((one, other) => (one.path < other.path ? -1 : 1));
}
