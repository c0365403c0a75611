import { WorkflowNotFoundError } from '@temporalio/client';
import type { Generation } from '../../model/services/recipe';
import type { AskGeneration } from '../instances/obtain_recipe';
import { throwProblem } from '../problem_error';
import type { ClientSoon } from './agent';

/** Asks a workflow for a generation by its query `recipe`. @throws ProblemError 404 `recipe_gone` when there is no such workflow. */
export const askGeneration = (client: ClientSoon): AskGeneration => async (source, generation) => {
  try {
    return await (await client).workflow.getHandle(source).query<Generation, [number]>('recipe', generation);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return throwProblem(404, 'recipe_gone', `${source}, which has the recipe of generation ${generation}, is not there any more`, 'Install the service again.');
  }
};
