import { problem, problems } from '../../model/errors';
import type { Hrd } from '../../model/hrd/hrd';
import { mergeInstanceHrd } from '../../model/hrd/merge';
import { parseHrd } from '../../model/hrd/parse';
import { keysWithPrefix } from '../../model/hrd/prefix';
import type { InstanceSpec } from '../../model/services/agent_protocol';
import { ProblemError, throwProblem } from '../problem_error';
import { DOMAIN } from './instance_directory';

/** Only in an environment there is something to depend on, and somebody who builds: better refused than left out. */
const NOT_ALONE = ['git.build', 'build', 'dependencies'];

/**
 * The HRD of one instance of this recipe (A-6).
 * @throws ProblemError 422 `unsupported_recipe`, 400 for values that do not fit or are missing.
 */
export function mergedHrd(spec: Pick<InstanceSpec, 'service' | 'instance' | 'data' | 'recipe'>, recipe: Record<string, string>): Hrd {
  const template = parseHrd(recipe['service.hrd']!);
  if (spec.instance === null) return template;
  for (const prefix of NOT_ALONE) {
    const [key] = keysWithPrefix(template, prefix);
    if (key) throwProblem(422, 'unsupported_recipe', `recipe ${spec.recipe.name} has ${key}, which is for services of an environment`, 'Install it with `grid ays install`, or leave that out and update the service.', { field: key });
  }
  const { hrd, missing } = mergeInstanceHrd({
    template,
    instance: parseHrd(recipe['instance.hrd'] ?? ''),
    args: spec.data,
    identity: { domain: DOMAIN, name: spec.service, instance: String(spec.instance) },
    checksum: spec.recipe.checksum,
  });
  if (missing.length === 0) return hrd;
  throw new ProblemError(problems(missing.map(({ key, name, descr }) =>
    problem(400, 'missing_value', `recipe ${spec.recipe.name} asks for ${name}${descr ? ` (${descr})` : ''}, which was not given`, `Update the service with a value for ${name}.`, { field: key }))));
}
