import { z } from '@hono/zod-openapi';
import { NAME, NAME_RULE } from '../../model/ids';
import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { next, paging } from '../http/paging';
import { lifecycleId } from '../lifecycles/schemas';
import { callMachines } from '../temporal/machine_call';
import { machine, MACHINES } from './schemas';

export const LIST_MS = 5_000;

const query = z.strictObject({ owner: lifecycleId.optional(), compute: z.string().regex(NAME, NAME_RULE).optional(), ...paging });

/** Machines by id, as their drivers see them now. */
export const listMachines = endpoint(
  {
    method: 'get', path: MACHINES, tag: 'machines', summary: 'Machines, by id', query,
    answers: { 200: json('A page', z.object({ machines: z.array(machine), next, unreachable: z.array(z.object({ compute: z.string(), reason: z.string() })).optional() })), 400: ourProblem, 503: ourProblem },
  },
  async (c, { query: { owner, compute, limit, cursor } }, grid) => {
    const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString();
    const { machines, unreachable } = await callMachines(grid, { op: 'list', owner }, LIST_MS, c.req.raw.signal);
    const rest = machines
      .filter((m) => (compute === undefined || m.compute === compute) && m.id > after)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const page = rest.slice(0, limit);
    return c.json({ machines: page, next: rest.length > limit ? Buffer.from(page.at(-1)!.id).toString('base64url') : null, ...(unreachable.length > 0 ? { unreachable } : {}) });
  },
);
