import { z } from '@hono/zod-openapi';
import { problem } from '../../model/errors';
import { NAME, serviceId } from '../../model/ids';
import type { Summary } from '../../model/lifecycle';
import { pathOfLifecycle } from '../../model/services/seed_ids';
import { raise } from '../../model/raise';
import { prefixQuery } from '../../process/visibility';
import { json, seedProblem } from '../http/answers';
import { endpoint, type Endpoint } from '../http/endpoint';
import type { Grid } from '../http/grid';
import { allSummaries } from '../temporal/summaries';
import { AGENTS, SERVICES } from './paths';

const nested = z.object({ prefix: z.string() });

/** Lists what is below a prefix, and refuses to be written to (SG-15). */
const listAt = (path: string, params: z.ZodObject): Endpoint[] => [
  endpoint(
    { method: 'get', path, tag: 'services', summary: 'Ids that begin with this prefix, oldest first', params, answers: { 200: json('Ids', z.array(z.string())), 503: seedProblem } },
    async (c, _input, grid) => c.json(await idsBelow(grid, c.req.path.replace(/_list\/?$/, ''))),
  ),
  endpoint(
    { method: 'put', role: 'admin', path, tag: 'services', summary: 'Refused: no document can have this name', params, answers: { 400: seedProblem } },
    () => raise(problem(400, 'reserved_uri', 'URI must not end with/_list', 'Put a document under another name.', { error: 'URI must not end with/_list' })),
  ),
];

export const listIds: Endpoint[] = [
  ...listAt(`${SERVICES}/_list`, z.object({})), ...listAt(`${SERVICES}/{prefix+}/_list`, nested),
  ...listAt(`${AGENTS}/_list`, z.object({})), ...listAt(`${AGENTS}/{prefix+}/_list`, nested),
];

async function idsBelow(grid: Grid, prefix: string): Promise<string[]> {
  const [, head, name = ''] = prefix.split('/');
  if (name !== '' && !NAME.test(name)) return [];
  const queries = head === 'agents' ? [`agent/${name}`] : [`service/${name}`, `instance/${name}`];
  const found = (await Promise.all(queries.map((q) => allSummaries(grid, prefixQuery(q))))).flat();
  const below = found.filter(({ id }) => pathOfLifecycle(id).startsWith(prefix));
  return inOrder(below, found).map(({ id }) => grid.config.url + pathOfLifecycle(id));
}

/** A service before its instances, the older service first; numbers are given in order, so they tell better than clocks. */
function inOrder(some: Summary[], all: Summary[]): Summary[] {
  const madeAt = new Map(all.map(({ id, createdAt }) => [id, createdAt]));
  const keyOf = ({ id, createdAt }: Summary): [string, string, number] => {
    const [kind, name = '', number = '-1'] = id.split('/');
    return kind === 'agent' ? ['', '', Number(name)] : [madeAt.get(serviceId(name)) ?? createdAt, name, Number(number)];
  };
  return some.map((summary) => ({ summary, key: keyOf(summary) })).sort((a, b) => compare(a.key, b.key)).map(({ summary }) => summary);
}

const compare = ([at, name, number]: [string, string, number], [otherAt, otherName, otherNumber]: [string, string, number]): number =>
  order(at, otherAt) || order(name, otherName) || number - otherNumber;

const order = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
