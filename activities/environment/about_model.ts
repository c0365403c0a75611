import { isProblem } from '../../model/errors';
import { ProblemError } from '../problem_error';

/** What the rules of the model object to, as the problem of an activity. */
export async function aboutModel<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // An Error keeps its message to itself when it is spread.
    throw isProblem(error) ? new ProblemError({ ...error, message: error.message }) : error;
  }
}
