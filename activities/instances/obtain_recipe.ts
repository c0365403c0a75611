import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstanceSpec } from '../../model/services/agent_protocol';
import type { Generation } from '../../model/services/recipe';
import { checkRecipeFiles, recipeChecksum } from './recipe_files';
import { readIfThere, writeWhole } from '../machines/process/directory';
import { throwProblem } from '../problem_error';
import { keyText } from './instance_directory';
import type { Place } from './place';

/** Asks the workflow that has a recipe for one generation of it. */
export type AskGeneration = (source: string, generation: number) => Promise<Generation>;

const recipesRoot = ({ root }: Place) => join(root, 'recipes');
const recipePath = (place: Place, checksum: string) => join(recipesRoot(place), `${checksum}.json`);

/**
 * The files of an instance's recipe, from here or from where they are.
 * @throws ProblemError 409 `recipe_changed` when they are not those that the instance is to be made of.
 */
export async function obtainRecipe(place: Place, spec: InstanceSpec, ask: AskGeneration): Promise<Record<string, string>> {
  const { name, checksum } = spec.recipe;
  if (!/^[0-9a-f]{64}$/.test(checksum)) throwProblem(400, 'broken_recipe', `recipe ${name}: its checksum is none`, 'Update the service.', { field: 'checksum' });
  const kept = await readIfThere(recipePath(place, checksum));
  const files = kept === undefined ? (await ask(spec.source, spec.generation)).recipe.files : (JSON.parse(kept) as Record<string, string>);
  checkRecipeFiles(name, files);
  const found = recipeChecksum(files);
  if (found !== checksum) {
    if (kept !== undefined) await rm(recipePath(place, checksum), { force: true });
    throwProblem(409, 'recipe_changed', `instance ${keyText(spec)}: recipe ${name} is not the one that generation ${spec.generation} was made of`,
      'Retry; if it stays so, update the service.', { evidence: `${found} instead of ${checksum}` });
  }
  if (kept === undefined) {
    await mkdir(recipesRoot(place), { recursive: true, mode: 0o700 });
    await writeWhole(recipePath(place, checksum), JSON.stringify(files), 0o600);
  }
  return files;
}

/** Removes the recipes of which no instance is made any more. */
export async function forgetRecipes(place: Place, used: readonly string[]): Promise<void> {
  const names = await readdir(recipesRoot(place)).catch(() => []);
  const unused = names.filter((name) => !used.includes(name.replace(/\.json$/, '')));
  await Promise.all(unused.map((name) => rm(join(recipesRoot(place), name), { force: true })));
}
