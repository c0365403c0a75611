import { isProblem, type Problem } from '../../model/errors';

/** The Problem that the rules of the model raise. */
export function refused(work: () => unknown): Problem {
  try {
    work();
  } catch (error) {
    // An Error keeps its message to itself when it is spread.
    if (isProblem(error)) return { ...error, message: error.message };
    throw error;
  }
  throw new Error('was accepted');
}
