import { computeId } from '../../model/ids';
import type { ComputeDocument } from '../../model/messages';
import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { linksOf } from '../lifecycles/links';
import { describe } from '../temporal/describe';
import { askDocument } from '../temporal/document';
import { compute, computeParams, COMPUTES } from './schemas';

/** One compute: its driver, capacity, what is reserved by whom, who waits. */
export const getCompute = endpoint(
  {
    method: 'get', path: `${COMPUTES}/{name}`, tag: 'computes', summary: 'A compute', params: computeParams,
    answers: { 200: json('The compute', compute), 404: ourProblem, 503: ourProblem },
  },
  async (c, { params: { name } }, grid) => {
    const id = computeId(name);
    const asked = await askDocument<ComputeDocument>(grid, id);
    const links = linksOf(c, grid, id);
    if (asked.answered) {
      const { v: _v, seen: _s, undo: _u, decision: _d, interrupt: _i, ...shown } = asked.document;
      return c.json({ ...shown, links });
    }
    const { detail, ...life } = (await describe(grid, id)).summary ?? { id };
    return c.json({ ...life, ...detail, links, stale: true });
  },
);
