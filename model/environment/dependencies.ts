import { dictFromPrefix, itemsWithPrefix } from '../hrd/prefix';
import { findItem, type Hrd } from '../hrd/hrd';
import { plainValue } from '../hrd/prefix';
import { refuseValue } from '../hrd/refuse';
import { isMap } from '../options';
import type { Environment, ModelledService } from './environment';
import { DEFAULT_INSTANCE, isPart, pathBelow, type ServicePath } from './identity';

/** What a service needs to be there before it. */
export interface Dependency {
  name: string;
  /** Empty: any. */
  domain: string;
  instance: string;
  args: Record<string, unknown>;
  type: 'runtime' | 'build';
}

const KEY = 'service.dependencies';
const FORM = { keys: ['name', 'domain', 'instance', 'args', 'type'], defaults: { instance: DEFAULT_INSTANCE, type: 'runtime' } };

/** The dependencies that the `service.hrd` of an instance says, in the order of their numbers. Raises Problem 400 naming the key. */
export const dependenciesOf = (hrd: Hrd): Dependency[] =>
  itemsWithPrefix(hrd, KEY, FORM).map((item, i) => {
    const key = `${KEY}.${i + 1}`;
    const [name, domain, instance, args, type] = FORM.keys.map((field) => String(item[field] ?? '')) as [string, string, string, string, string];
    for (const [field, part] of [['name', name], ['instance', instance], ...(domain ? [['domain', domain]] : [])] as [string, string][]) {
      if (!isPart(part)) refuseValue(`${key}.${field}`, `${JSON.stringify(part.slice(0, 60))} cannot be part of a service's name`, 'Use letters, digits, ".", "-" and single underscores.');
    }
    if (type !== 'runtime' && type !== 'build') refuseValue(`${key}.type`, `${JSON.stringify(type.slice(0, 60))} is no kind of dependency`, 'Use runtime or build.');
    return { name, domain, instance, args: argsOf(hrd, key, args), type };
  });

/** Arguments stand in a dict of their own, whose key the dependency names, or below that key. */
function argsOf(hrd: Hrd, key: string, named: string): Record<string, unknown> {
  if (named === '') return {};
  const full = named.startsWith('service.') || named.startsWith('instance.') ? named : `service.${named}`;
  const item = findItem(hrd, full);
  if (!item) {
    const below = dictFromPrefix(hrd, full);
    return Object.keys(below).length > 0 ? below : refuseValue(`${key}.args`, `there is no ${named}`, 'Name the key of a dict of the same file.');
  }
  const dict = plainValue(item);
  return isMap(dict) ? dict : refuseValue(`${key}.args`, `${named} is not a dict`, 'Write its values as name:value, on indented lines that end with a comma.');
}

/** The service that a dependency means: under the same parent, of its domain where one is given. */
export function provider(environment: Environment, dependent: Pick<ModelledService, 'parent'>, dependency: Dependency): ModelledService | undefined {
  if (dependency.domain) return environment.get(pathBelow(dependent.parent, dependency));
  return [...environment.values()].find((one) => one.parent === dependent.parent && one.name === dependency.name && one.instance === dependency.instance);
}

/** The services that this one depends on and that are there. */
export const providersOf = (environment: Environment, service: ModelledService, type: Dependency['type'] = 'runtime'): ServicePath[] =>
  dependenciesOf(service.hrd).filter((one) => one.type === type || type === 'build').flatMap((one) => provider(environment, service, one)?.path ?? []);
