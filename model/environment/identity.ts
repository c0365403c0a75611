import { problem } from '../errors';
import { raise } from '../raise';

/** Who a service of the environment is, but for its parent. */
export interface Triple {
  domain: string;
  name: string;
  instance: string;
}

/**
 * Where a service stands: its directory `domain__name__instance` below those of its parents, with `/` between. It is
 * the service's one name; the same triple under two parents has two of them.
 */
export type ServicePath = string;

export const DEFAULT_INSTANCE = 'main';

/** Two underscores separate the parts, so none has two in a row, nor one at its end. */
const PART = /^[a-z0-9](?:[a-z0-9.-]|_(?!_))*$/i;
const MAX_PART_CHARS = 63;

export const isPart = (text: string): boolean => PART.test(text) && !text.endsWith('_') && text.length <= MAX_PART_CHARS;

const directoryName = ({ domain, name, instance }: Triple): string => `${domain}__${name}__${instance}`;

export const pathBelow = (parent: ServicePath | null, triple: Triple): ServicePath => [...(parent === null ? [] : [parent]), directoryName(triple)].join('/');

export const parentOf = (path: ServicePath): ServicePath | null => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : null);

/** The triple that a directory's name says, or undefined when it is not the name of a service's directory. */
export function tripleNamed(directory: string): Triple | undefined {
  const parts = directory.split('__');
  const [domain, name, instance] = parts;
  return parts.length === 3 && parts.every(isPart) ? { domain: domain!, name: name!, instance: instance! } : undefined;
}

export const isServicePath = (text: string): boolean => text.split('/').every((directory) => tripleNamed(directory) !== undefined);

/** @throws RangeError for what is no path: those that come from outside are checked before */
export function tripleOf(path: ServicePath): Triple {
  const triple = tripleNamed(path.slice(path.lastIndexOf('/') + 1));
  if (!triple) throw new RangeError(`${path} is not the path of a service`);
  return triple;
}

/** The key as the original writes it: its own triple first, then those of its parents, all with two underscores between. */
export const keyOf = (path: ServicePath): string => path.split('/').reverse().join('__');

/** The path that a key means (`--parent`, §5.3). Raises Problem 400 `invalid_key`. */
export function pathOf(key: string): ServicePath {
  const parts = key.split('__');
  if (parts.length % 3 !== 0 || !parts.every(isPart)) {
    raise(problem(400, 'invalid_key', `Bad format for --parent. Should be domain__name__instance, and is ${JSON.stringify(key.slice(0, 120))}`,
      'Write the three parts with two underscores between, and after them those of its own parent.', { field: 'parent' }));
  }
  const triples = Array.from({ length: parts.length / 3 }, (_, i) => parts.slice(3 * i, 3 * i + 3).join('__'));
  return triples.reverse().join('/');
}
