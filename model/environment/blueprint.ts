import { problem } from '../errors';
import { isMap } from '../options';
import { raise } from '../raise';
import { DEFAULT_INSTANCE, isPart, pathOf } from './identity';
import type { InstallRequest } from './plan_install';

const OWN = ['domain', 'parent', 'consume'];

/**
 * The services that a blueprint describes, in its order: `name__instance` or `name` with its values below it, and
 * with `domain`, `parent` (a key) and `consume` (instance by category) where they are wanted. Raises Problem 400 `invalid_blueprint`.
 */
export function readBlueprint(document: unknown): InstallRequest[] {
  if (!isMap(document) || Object.keys(document).length === 0) refuse('it describes no service', 'Write name__instance: and below it the values, indented.');
  return Object.entries(document).map(([title, body]) => {
    const [name = '', instance = DEFAULT_INSTANCE, ...more] = title.split('__');
    if (more.length > 0 || !isPart(name) || !isPart(instance)) refuse(`${JSON.stringify(title.slice(0, 80))} is not name__instance`, 'Write the name of a template and that of the instance, with two underscores between.', title);
    if (body !== null && !isMap(body)) refuse(`${title} has no values but ${JSON.stringify(body).slice(0, 60)}`, 'Write its values as key: value, indented.', title);
    const values: Record<string, unknown> = body ?? {};
    const { domain, parent, consume } = values;
    return {
      name, instance, data: Object.fromEntries(Object.entries(values).filter(([key]) => !OWN.includes(key))), consume: linksOf(consume, title),
      ...(typeof domain === 'string' ? { domain } : {}), ...(typeof parent === 'string' ? { parent: pathOf(parent) } : {}),
    };
  });
}

function linksOf(consume: unknown, title: string): InstallRequest['consume'] {
  if (consume === undefined || consume === null) return [];
  if (!isMap(consume)) return refuse(`${title}.consume is not a map`, 'Write category: instance.', `${title}.consume`);
  return Object.entries(consume).map(([category, producer]) => ({ category, producer: String(producer) }));
}

function refuse(message: string, fix: string, field?: string): never {
  return raise(problem(400, 'invalid_blueprint', `the blueprint cannot be read: ${message}`, fix, field ? { field } : {}));
}
