import { hasRole, type Role } from '../../model/access';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import type { Endpoint } from '../http/endpoint';
import type { Ctx, Whole } from '../http/grid';
import { refusePlan } from '../http/plan';

/** The role that an endpoint wants, unless it says so itself: reading is for all, changing for those who operate. */
export const roleOf = ({ method, role }: Pick<Endpoint, 'method' | 'role'>): Role => role ?? (method === 'get' ? 'read' : 'operate');

/**
 * What an endpoint does, on the grid as this caller sees it.
 * @throws Problem 403 for a role that is not enough, whatever there is; 400 for a plan of what has none
 */
export function admit(c: Ctx, grid: Whole, endpoint: Endpoint): Promise<Response> | Response {
  const caller = c.get('caller');
  const wanted = roleOf(endpoint);
  c.set('wanted', wanted);
  if (!hasRole(caller, wanted)) raise(forbidden(`this needs the role ${wanted}; the token ${caller.name} has ${caller.role}`));
  if (endpoint.method !== 'get' && !('plan' in (endpoint.query?.shape ?? {}))) refusePlan(`${c.req.method} ${c.req.path}`, c.req.query('plan'));
  return endpoint.run(c, { ...grid, caller });
}

export const forbidden = (message: string) => problem(403, 'forbidden', message, 'Ask an admin of the grid for a token that may: `grid token create`.');
