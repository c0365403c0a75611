import { matchedRoutes } from 'hono/route';
import type { Ctx } from './grid';

const EVERYTHING = /^\/?\*$/;
const PARAMETER = /:(\w+)(\{[^}]*\})?/g;

/** The path that took a request, as the OpenAPI document has it; undefined where none did. */
export const routeOf = (c: Ctx): string | undefined => matchedRoutes(c).find(({ path }) => !EVERYTHING.test(path))?.path.replaceAll(PARAMETER, '{$1}');
