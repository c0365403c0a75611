import { asProblemError } from '../problem_error';

/** What the rules of the model object to, as the problem of an activity. */
export async function aboutModel<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asProblemError(error);
  }
}
