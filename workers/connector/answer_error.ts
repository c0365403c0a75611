import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Logger } from 'pino';
import { ProblemError } from '../../activities/problem_error';
import { isProblem, problem, type Problem } from '../../model/errors';

/** Whatever was thrown, as an answer. What nobody foresaw is logged whole and told without any of it. */
export function answerError(log: Logger, error: Error, c: Context): Response {
  const known = error instanceof ProblemError ? error.problem : isProblem(error) ? error : undefined;
  if (!known) log.error({ err: error, path: c.req.path }, 'unexpected error');
  else if (known.status >= 500 && known.status !== 501) log.warn({ problem: known, path: c.req.path }, known.message);
  return problemResponse(c, known ?? problem(500, 'unexpected', 'something went wrong that nobody foresaw', 'Look into the log of the connector.'));
}

export const problemResponse = (c: Context, { status, code, error, message, fix, field, evidence }: Problem): Response =>
  c.json({ status, code, error, message, fix, field, evidence }, status as ContentfulStatusCode);
