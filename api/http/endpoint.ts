import { z, type RouteConfig } from '@hono/zod-openapi';
import type { Role } from '../../model/access';
import { problem, type Problem } from '../../model/errors';
import { raise } from '../../model/raise';
import { ourProblem, seedProblem } from './answers';
import { check } from './check';
import type { Ctx, Grid } from './grid';
import { isOfSeed } from './problem_response';

type Shape = z.ZodObject;

interface Input<P extends Shape, Q extends Shape> {
  params: z.output<P>;
  query: z.output<Q>;
}

export interface Route<P extends Shape = Shape, Q extends Shape = Shape> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As OpenAPI writes it; `{name+}` takes slashes too. */
  path: string;
  /** One sentence for the page of the API. */
  summary: string;
  tag: string;
  /** Who may; see `roleOf`. */
  role?: Role;
  /** A path whose parts do not fit answers 404: nothing can be there. */
  params?: P;
  query?: Q;
  body?: NonNullable<RouteConfig['request']>['body'];
  /** For the document: what a caller may send along. */
  headers?: Shape;
  answers: RouteConfig['responses'];
}

/** One method of one path: what it takes and answers, for the check and for the OpenAPI document, and what it does. */
export interface Endpoint extends Route {
  run: (c: Ctx, grid: Grid) => Promise<Response> | Response;
}

export function endpoint<P extends Shape = z.ZodObject<Record<never, never>>, Q extends Shape = z.ZodObject<Record<never, never>>>(
  route: Route<P, Q>,
  handle: (c: Ctx, input: Input<P, Q>, grid: Grid) => Promise<Response> | Response,
): Endpoint {
  const params = (route.params ?? z.object({})) as P;
  const query = (route.query ?? z.looseObject({})) as unknown as Q;
  return {
    ...route,
    run: (c, grid) => {
      const fitting = params.safeParse(c.req.param());
      if (!fitting.success) raise(nothingAt(c.req.path));
      return handle(c, { params: fitting.data, query: check(query, c.req.query(), 'query') }, grid);
    },
  };
}

/** A path of which some part cannot be the name of anything. */
export const nothingAt = (path: string): Problem => problem(404, 'not_found', `${path}: nothing can be there`, 'See /docs for the paths and the form of names.');

const PARAMETER = /\{(\w+)(\+?)\}/g;

/** The path for Hono's router. */
export const routerPath = (path: string): string => path.replaceAll(PARAMETER, (_, name: string, more: string) => `:${name}${more && '{.+}'}`);

/** The path for the OpenAPI document. */
export const documentPath = (path: string): string => path.replaceAll(PARAMETER, '{$1}');

/** Matches the paths of an endpoint. */
export const pathPattern = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(PARAMETER, (_, _name, more: string) => (more ? '.+' : '[^/]+'))}$`);

/** The route as the OpenAPI registry takes it. */
export function documented({ method, path, summary, tag, params, query, body, headers, answers }: Route): RouteConfig {
  return { method, path: documentPath(path), summary, tags: [tag], request: { params, query, body, headers }, ...withAccess(path, answers) };
}

/** Where tokens are in use, all but a few paths want one. */
function withAccess(path: string, answers: RouteConfig['responses']): Pick<RouteConfig, 'responses' | 'security'> {
  if (OPEN.test(path)) return { responses: answers, security: [] };
  const refused = isOfSeed(path) ? seedProblem : ourProblem;
  return { responses: { ...answers, 401: refused, 403: refused, 429: refused } };
}

/** Asked by what keeps processes running, and by a browser before somebody has logged in: these have no token. */
export const OPEN = /^\/(healthz|readyz|ui\/(login|logout|page\.css|live\.js|icon\.svg))\/?$/;
