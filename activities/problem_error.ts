import { problem, type Problem } from '../model/errors';

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
