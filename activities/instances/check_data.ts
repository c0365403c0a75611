import type { Recipe } from '../../model/services/recipe';
import { asProblemError } from '../problem_error';
import { mergedHrd } from './merged_hrd';

/** Whether instances can be made of this recipe with this data. @throws ProblemError naming each value that is missing or wrong. */
export function checkData(recipe: Recipe, data: Record<string, string>): void {
  try {
    mergedHrd({ service: 'check', instance: 0, recipe, data }, recipe.files);
  } catch (error) {
    throw asProblemError(error);
  }
}
