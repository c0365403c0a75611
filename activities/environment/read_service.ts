import { Context } from '@temporalio/activity';
import { filesOf } from '../../model/environment/files_of';
import type { ServicePath } from '../../model/environment/identity';
import { checkRecipeFiles, recipeChecksum } from '../instances/recipe_files';
import { throwProblem } from '../problem_error';
import type { Surroundings } from '../surroundings';
import { aboutModel } from './about_model';
import { readServices } from './read_services';
import { openRepository } from './repository';

export interface ReadService {
  recipe: { name: string; checksum: string };
  files: Record<string, string>;
}

/**
 * All files of a service, as its agent is to have them.
 * @throws ProblemError 404 `service_not_found`, 409 `model_changed` when they are not those that the plan saw
 */
export const readService = (around: Surroundings) => ({ path, checksum }: { path: ServicePath; checksum: string }): Promise<ReadService> => aboutModel(async () => {
  const environment = await readServices(await openRepository(around, Context.current().cancellationSignal));
  const service = environment.get(path);
  if (!service) throwProblem(404, 'service_not_found', `${path} is not in the environment any more`, 'Bring it back, and run the command again.');
  const files = filesOf(environment, service);
  checkRecipeFiles(path, files);
  if (recipeChecksum(files) !== checksum) throwProblem(409, 'model_changed', `${path} was changed after this was planned`, 'Run the same command again: it plans anew.');
  return { recipe: { name: `${service.domain}__${service.name}`, checksum }, files };
});
