import { problem, type Problem } from '../../model/errors';
import { pathPattern, type Endpoint } from './endpoint';
import type { Ctx } from './grid';
import { problemResponse } from './problem_response';

/** Answers what no endpoint took: 405 with what the path allows, or 404. */
export function unknownPath(endpoints: Pick<Endpoint, 'method' | 'path'>[]): (c: Ctx) => Response {
  const known = endpoints.map(({ method, path }) => ({ method: method.toUpperCase(), path, pattern: pathPattern(path) }));
  return (c) => {
    const path = c.req.path.replace(/(?<=.)\/$/, '');
    // A path as it is written counts before one with parameters: /services/orchestrator is no service.
    const exact = known.filter((one) => one.path === path);
    const fitting = exact.length > 0 ? exact : known.filter(({ pattern }) => pattern.test(path));
    const methods = [...new Set(fitting.map(({ method }) => method))];
    if (methods.length === 0) {
      return problemResponse(c, problem(404, 'unknown_path', 'invalid resource URI', 'See /docs for the paths there are.'));
    }
    return problemResponse(c, notAllowed(c, methods));
  };
}

/** Says what the path allows instead, in the header Allow too. */
export function notAllowed(c: Ctx, methods: string[]): Problem {
  const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  c.header('Allow', allow);
  return problem(405, 'method_not_allowed', `${c.req.method} is not possible here`, `Use ${allow}.`);
}
