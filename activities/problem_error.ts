import { problem, type Problem } from '../model/errors';

/** A Problem on its way up through code that throws; whoever answers a caller sends `problem` and nothing else. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
    this.name = 'ProblemError';
  }
}

/** Throws a {@link ProblemError}; the arguments are those of `problem()` in model/errors. */
export function throwProblem(...said: Parameters<typeof problem>): never {
  throw new ProblemError(problem(...said));
}
