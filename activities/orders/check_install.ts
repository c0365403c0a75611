import { COUNTS_ONLY, isCounted } from '../../model/counted';
import type { ComputeDocument } from '../../model/messages';
import type { InstallWish } from '../../model/services/install_wish';
import type { Recipe } from '../../model/services/recipe';
import { listRecipes, readRecipe } from '../catalog/read_recipe';
import { checkData } from '../instances/check_data';
import { throwProblem } from '../problem_error';
import type { Surroundings } from '../surroundings';
import { computeOf } from './order_documents';

/**
 * The recipe of a service, with its data checked against what it asks, and that its compute is there.
 * @throws ProblemError 400 `recipe_not_found` or `compute_not_found` with the list, or naming the parameter that is missing or wrong
 */
export const checkInstall = ({ catalog, client }: Surroundings) => async ({ candidates, data, compute }: InstallWish): Promise<Recipe> => {
  const names = await listRecipes(catalog);
  const name = candidates.find((one) => names.includes(one));
  if (!name) throwProblem(400, 'recipe_not_found', `there is no recipe ${candidates.join(' or ')}`, `Name one of ${names.join(', ') || 'none'} in the field recipe.`, { field: 'recipe' });
  const recipe = await readRecipe(catalog, name);
  checkData(recipe, data);
  if (compute !== undefined) refuseCounted(await computeOf(client, compute));
  return recipe;
};

function refuseCounted({ name, connector }: ComputeDocument): void {
  if (!isCounted(connector)) return;
  throwProblem(409, 'counts_only', `compute ${name} cannot run a recipe: ${COUNTS_ONLY}`, `Name another compute; on ${name} services run that its connector knows: POST /service/<name>/upscale {"compute": "${name}"}.`, { field: 'compute' });
}
