import { isProblem, problem, type Problem } from '../model/errors';

/** A Problem on its way up through code that throws; whoever answers a caller sends `problem` and nothing else. */
export class ProblemError extends Error {
  /** @param passing whether it may be over in a moment, so that the worker tries again before a person is asked */
  constructor(readonly problem: Problem, readonly passing = false) {
    super(problem.message);
    this.name = 'ProblemError';
  }
}

/** Throws a {@link ProblemError}; the arguments are those of `problem()` in model/errors. */
export function throwProblem(...said: Parameters<typeof problem>): never {
  throw new ProblemError(problem(...said));
}

/** What the rules of the model object to, which are Errors that carry a Problem's fields, as a {@link ProblemError}; anything else as it is. */
export const asProblemError = (error: unknown): unknown =>
  // An Error keeps its message to itself when it is spread.
  isProblem(error) ? new ProblemError({ ...error, message: error.message }) : error;
