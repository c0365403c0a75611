import { planOf, type CommandPlan, type Effect, type EffectWord } from '../command_plan';
import { ENVIRONMENT_ID, instanceId } from '../ids';
import type { Difference } from './compare';

const DOES: Record<Difference['is'], [EffectWord, string]> = {
  new: ['create', 'it is in the model only'], changed: ['replace', 'it is made of something else than the model says'], gone: ['remove', 'it is not in the model any more'],
};

/**
 * What an apply does, service by service.
 * @param paths of all services of the model
 * @param made of what each that differs is to be made, by path
 */
export function planOfApply(paths: readonly string[], differences: readonly Difference[], made: Readonly<Record<string, string>>): CommandPlan {
  const different = new Map(differences.map(({ path, is }) => [path, is]));
  const all = [...new Set([...paths, ...different.keys()])].sort();
  const effects = all.map((path): Effect => {
    const [effect, reason] = different.has(path) ? DOES[different.get(path)!] : (['none', 'it is as the model says'] as const);
    return { kind: 'instance', id: instanceId(path, null), effect, machine: null, machineEffect: 'none', reason };
  });
  const touched = effects.filter(({ effect }) => effect !== 'none');
  // What is not touched is shown, and may be more by the time it is applied.
  return { ...planOf({ verb: 'apply', of: ENVIRONMENT_ID, effects: touched }, made), effects };
}
