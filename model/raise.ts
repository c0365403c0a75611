import type { Problem } from './errors';

/** Throws the problem as an Error that carries its fields, so that `isProblem` knows it wherever it is caught. */
export function raise(problem: Problem): never {
  throw Object.assign(new Error(problem.message), problem);
}
