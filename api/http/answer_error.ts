import { problem, type Problem } from '../../model/errors';
import { problemOf } from '../temporal/failures';
import type { Ctx, Whole } from './grid';
import { problemResponse } from './problem_response';

/** Whatever was thrown, as an answer. What nobody foresaw is logged whole and told without any of it. */
export function answerError(grid: Whole, error: Error, c: Ctx): Response {
  const known = problemOf(error);
  const requestId = c.get('requestId');
  if (known && (known.status >= 500 || known.code === 'not_accepted')) grid.log.warn({ err: error, requestId, path: c.req.path }, known.message);
  if (known) return problemResponse(c, known);
  grid.log.error({ err: error, requestId, path: c.req.path }, 'unexpected error');
  return problemResponse(c, unexpected(requestId));
}

const unexpected = (requestId: string): Problem =>
  problem(500, 'unexpected', 'something went wrong that nobody foresaw', `Look for the request ${requestId} in the log of the API.`);
