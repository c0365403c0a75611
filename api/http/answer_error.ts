import { problem, type Problem } from '../../model/errors';
import { problemOf } from '../temporal/failures';
import type { Ctx, Grid } from './grid';
import { problemResponse } from './problem_response';

/** Whatever was thrown, as an answer. What nobody foresaw is logged whole and told without any of it. */
export function answerError(grid: Grid, error: Error, c: Ctx): Response {
  const known = problemOf(error);
  if (known) return problemResponse(c, known);
  const requestId = c.get('requestId');
  grid.log.error({ err: error, requestId, path: c.req.path }, 'unexpected error');
  return problemResponse(c, unexpected(requestId));
}

const unexpected = (requestId: string): Problem =>
  problem(500, 'unexpected', 'something went wrong that nobody foresaw', `Look for the request ${requestId} in the log of the API.`);
