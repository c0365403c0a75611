import { throwProblem } from './problem_error';

/** What the host lacks now may be there at the next try; all else is the request's own fault. */
const SHORTAGES = ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'];

/**
 * Says as a Problem why a process was not started.
 * @throws ProblemError 503 `host_exhausted` when the host has no room now, else 400 `cannot_start`.
 */
export function cannotStart(program: string | undefined, error: unknown): never {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  const more = { field: 'argv', evidence: code };
  if (SHORTAGES.includes(code)) {
    throwProblem(503, 'host_exhausted', `${program} cannot be started: the host has no room for another process (${code})`,
      'Stop something on the host, or raise its limits, then retry.', more);
  }
  throwProblem(400, 'cannot_start', `${program} cannot be started (${code})`,
    'Check that the program is installed there, spelled right and executable, and that its arguments hold no NUL.', more);
}
