import { z } from '@hono/zod-openapi';
import { isBuiltIn } from '../../model/define_compute';
import type { Summary } from '../../model/lifecycle';
import { openLifecyclesQuery } from '../../process/visibility';
import { defineCompute } from '../computes/define_compute';
import { json, jsonBody, nothing, seedProblem } from '../http/answers';
import { checkName } from '../http/check';
import { endpoint, type Endpoint } from '../http/endpoint';
import type { Grid } from '../http/grid';
import { allSummaries } from '../temporal/summaries';
import { fieldsOf, textOf } from './body';
import { compute, findCompute, type DefinedCompute } from './compute';

const tag = 'genisys';
const refused = { 400: seedProblem, 409: seedProblem, 413: seedProblem, 503: seedProblem, 504: seedProblem };

/** Defining computes as seed 001 does (G-4 … G-7). Every call may be repeated. */
export const computes: Endpoint[] = [
  endpoint(
    { method: 'get', path: '/compute', tag, summary: 'All computes, by name', answers: { 200: json('By name', z.record(z.string(), compute)), 503: seedProblem } },
    async (c, _input, grid) => c.json(Object.fromEntries((await definedComputes(grid)).map((one) => [one.name, one]))),
  ),
  endpoint(
    { method: 'post', role: 'admin', path: '/compute', tag, summary: 'Define a compute', body: jsonBody(compute), answers: { 200: nothing('Defined, or changed'), ...refused } },
    async (c, _input, grid) => {
      const fields = await fieldsOf(c, ['name', 'connector']);
      await defineCompute(c, grid, checkName(textOf(fields, 'name'), 'name'), textOf(fields, 'connector'));
      return c.body(null, 200);
    },
  ),
  endpoint(
    { method: 'get', path: '/compute/{name}', tag, summary: 'A compute', params: z.object({ name: z.string() }), answers: { 200: json('The compute', compute), 501: seedProblem, 503: seedProblem } },
    async (c, { params: { name } }, grid) => c.json(await findCompute(grid, name)),
  ),
  endpoint(
    {
      method: 'put', role: 'admin', path: '/compute/{name}', tag, summary: 'Change the connector of a compute, or define it', params: z.object({ name: z.string() }),
      body: jsonBody(compute.pick({ connector: true })), answers: { 200: nothing('Changed, or defined'), ...refused },
    },
    async (c, { params: { name } }, grid) => {
      const fields = await fieldsOf(c, ['connector'], 'Missing parameter.');
      await defineCompute(c, grid, checkName(name, 'name'), textOf(fields, 'connector'));
      return c.body(null, 200);
    },
  ),
];

/** In the order in which they were defined, those that come with the grid last (DESIGN §11). */
export async function definedComputes(grid: Grid): Promise<DefinedCompute[]> {
  const all = await allSummaries(grid, openLifecyclesQuery('compute/'));
  return all
    .filter(({ state }) => state !== 'removed')
    .sort((a, b) => Number(comesWithGrid(a)) - Number(comesWithGrid(b)) || a.createdAt.localeCompare(b.createdAt))
    .map((one) => ({ name: nameOf(one), connector: String(one.detail['connector'] ?? '') }));
}

const comesWithGrid = (one: Summary): boolean => isBuiltIn(nameOf(one)) || one.detail['found'] === true;

const nameOf = ({ detail, id }: Summary): string => String(detail['name'] ?? id.slice('compute/'.length));
