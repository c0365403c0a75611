import { z } from '@hono/zod-openapi';
import { problem } from '../../model/errors';
import { compareMembers, MEMBER_KINDS, type MemberView } from '../../model/members';
import { raise } from '../../model/raise';
import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { next, paging } from '../http/paging';
import { readMembers } from './read_members';

const member = z
  .object({
    name: z.string().openapi({ example: 'ControlWorker worker(0)' }), kind: z.enum(Object.keys(MEMBER_KINDS) as [MemberView['kind']]), hostname: z.string(), process: z.number().int(), created: z.string(),
    status: z.enum(['running', 'lost']).openapi({ description: 'lost: it missed beats; a process is taken off the list when its lease ends' }),
    version: z.string().nullable(), queue: z.string().nullable().openapi({ description: 'the task queue that it takes work from' }),
    load: z.object({ cpu: z.number().openapi({ description: 'percent of one core' }), memMiB: z.number() }).nullable(),
    heardAt: z.string().nullable(),
  })
  .openapi('Member');

/** The processes of the grid with all that is known of them. */
export const listMembers = endpoint(
  {
    method: 'get', path: '/api/v1/members', tag: 'members', summary: 'Processes of the grid, by name', query: z.strictObject(paging),
    answers: { 200: json('A page', z.object({ members: z.array(member), next })), 400: ourProblem, 503: ourProblem },
  },
  async (c, { query: { limit, cursor } }, grid) => {
    const after = cursor === undefined ? undefined : placeIn(cursor);
    const rest = (await readMembers(grid)).filter((one) => !after || compareMembers(one, after) > 0);
    const page = rest.slice(0, limit);
    return c.json({ members: page, next: rest.length > limit ? cursorAt(page.at(-1)!) : null });
  },
);

const cursorAt = ({ name, hostname, process }: MemberView): string => Buffer.from(JSON.stringify({ name, hostname, process })).toString('base64url');

const place = z.object({ name: z.string(), hostname: z.string(), process: z.number() });

function placeIn(cursor: string): z.output<typeof place> {
  try {
    return place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    return raise(problem(400, 'invalid_cursor', 'cursor: this is no cursor of this list', 'Send `next` of the page before as it is.', { field: 'cursor' }));
  }
}
