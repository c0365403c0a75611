import { problem, problems } from '../../model/errors';
import type { Hrd } from '../../model/hrd/hrd';
import { mergeInstanceHrd } from '../../model/hrd/merge';
import { parseHrd } from '../../model/hrd/parse';
import { keysWithPrefix } from '../../model/hrd/prefix';
import type { InstanceSpec } from '../../model/services/agent_protocol';
import { ProblemError, throwProblem } from '../problem_error';
import { DOMAIN } from './instance_directory';

/** What recipes may ask for that is not done yet: better refused than left out. */
const NOT_YET = ['git.build'];
/** Only in an environment there is something to depend on. */
const NOT_ALONE = [...NOT_YET, 'dependencies'];

/**
 * The HRD of one instance of this recipe (A-6).
 * @throws ProblemError 422 `unsupported_recipe`, 400 for values that do not fit or are missing.
 */
export function mergedHrd(spec: Pick<InstanceSpec, 'service' | 'instance' | 'data' | 'recipe'>, recipe: Record<string, string>): Hrd {
  const template = parseHrd(recipe['service.hrd']!);
  const isModelled = spec.instance === null;
  for (const prefix of isModelled ? NOT_YET.map((one) => `service.${one}`) : NOT_ALONE) {
    const [key] = keysWithPrefix(template, prefix);
    if (key) throwProblem(422, 'unsupported_recipe', `recipe ${spec.recipe.name} has ${key}, which is not supported`, 'Let an action do it, and update the service.', { field: key });
  }
  if (isModelled) return template;
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
