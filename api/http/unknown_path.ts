import { problem } from '../../model/errors';
import { pathPattern, type Endpoint } from './endpoint';
import type { Ctx } from './grid';
import { problemResponse } from './problem_response';

/** Answers what no endpoint took: 405 with what the path allows, or 404. */
export function unknownPath(endpoints: Pick<Endpoint, 'method' | 'path'>[]): (c: Ctx) => Response {
  const known = endpoints.map(({ method, path }) => ({ method: method.toUpperCase(), pattern: pathPattern(path) }));
  return (c) => {
    const path = c.req.path.replace(/(?<=.)\/$/, '');
    const methods = [...new Set(known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))];
    if (methods.length === 0) {
      return problemResponse(c, problem(404, 'unknown_path', 'invalid resource URI', 'See /docs for the paths there are.'));
    }
    const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
    c.header('Allow', allow);
    return problemResponse(c, problem(405, 'method_not_allowed', `${c.req.method} is not possible here`, `Use ${allow}.`));
  };
}
