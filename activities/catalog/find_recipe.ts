import type { Recipe } from '../../model/services/recipe';
import type { Surroundings } from '../surroundings';
import { throwProblem } from '../problem_error';
import { checkData } from '../instances/check_data';
import { listRecipes, readRecipe } from './read_recipe';

export interface RecipeWish {
  /** Names it may have, the likeliest first (DESIGN §11). */
  candidates: string[];
  /** Answers to its questions and values for its parameters. */
  data: Record<string, string>;
}

/**
 * The recipe of a service, with its data checked against what it asks.
 * @throws ProblemError 400 `recipe_not_found` with the list, or naming the parameter that is missing or wrong
 */
export const findRecipe = ({ catalog }: Surroundings) => async ({ candidates, data }: RecipeWish): Promise<Recipe> => {
  const names = await listRecipes(catalog);
  const name = candidates.find((one) => names.includes(one));
  if (!name) throwProblem(400, 'recipe_not_found', `there is no recipe ${candidates.join(' or ')}`, `Name one of ${names.join(', ') || 'none'} in the field recipe.`, { field: 'recipe' });
  const recipe = await readRecipe(catalog, name);
  checkData(recipe, data);
  return recipe;
};
