import { z } from '@hono/zod-openapi';
import { problem, type Problem } from '../../model/errors';
import { asDisplayed, asLanded, isListed } from '../../model/members';
import { raise } from '../../model/raise';
import { json, seedProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { problemOf } from '../temporal/failures';
import { readMembers } from './read_members';

const landed = z.object({ name: z.string(), hostname: z.string(), process: z.number().int(), created: z.string() }).openapi({
  example: { name: 'ApiWorker worker(0)', hostname: 'controller-1', process: 23161, created: '2019-02-10T11:07:15+00:00' },
});
const displayed = z.object({ 'Created At': z.string(), Hostname: z.string(), 'Process Id': z.number().int(), Name: z.string() });

/** V-2: the processes of the grid as Vitrage lists its own. */
export const listServices = endpoint(
  {
    method: 'get', path: '/v1/service', tag: 'members', summary: 'Processes of the grid, as Vitrage lists its own',
    query: z.object({ format: z.enum(['display']).optional().openapi({ description: 'with the keys that seed 003 shows: Name, Process Id, Hostname, Created At' }) }),
    answers: { 200: json('By name', z.union([z.array(landed), z.array(displayed)])), 400: seedProblem, 404: seedProblem, 500: seedProblem },
  },
  async (c, { query: { format } }, grid) => {
    const members = await readMembers(grid).catch((error: unknown) => raise(asOriginal(error)));
    return c.json(members.filter(isListed).map((one) => (format === 'display' ? asDisplayed(one) : asLanded(one))));
  },
);

/** V-11: the one path where it is right that what is behind it being away is 500. */
function asOriginal(error: unknown): Problem {
  const known = problemOf(error);
  const say = (status: number, text: string, fix: string) => problem(status, known?.code ?? 'unexpected', text, fix, { error: text });
  if (known?.code === 'no_namespace') return say(500, 'Service API not supported', known.fix);
  if (known?.status === 503) return say(500, 'Failed to connect to coordination backend', known.fix);
  return say(404, 'Failed to get service list.', known?.fix ?? 'Look into the log of the API.');
}
