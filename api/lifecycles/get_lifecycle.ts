import { z } from '@hono/zod-openapi';
import type { Lifecycle } from '../../model/lifecycle';
import { allowedVerbs } from '../../model/verbs';
import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { describe, type Described } from '../temporal/describe';
import { askDocument } from '../temporal/document';
import { linksOf } from './links';
import { overlay } from './overlay';
import { lifecycle, lifecycleId, LIFECYCLES } from './schemas';

/** One lifecycle whole: what its workflow says, and what Temporal knows of the attempt that runs right now. */
export const getLifecycle = endpoint(
  {
    method: 'get', path: `${LIFECYCLES}/{id+}`, tag: 'lifecycles', summary: 'A lifecycle, with its steps and what may be done', params: z.object({ id: lifecycleId }),
    answers: { 200: json('The lifecycle', lifecycle), 404: ourProblem, 503: ourProblem },
  },
  async (c, { params: { id } }, grid) => {
    const [described, asked] = await Promise.all([describe(grid, id), askDocument<Lifecycle>(grid, id)]);
    const said = asked.answered ? current(asked.document, described) : lastKnown(described);
    return c.json({ ...said, links: linksOf(c, grid, id), run: runOf(described) });
  },
);

/** What only the workflow itself needs of its state is left out. */
function current(document: Lifecycle, { effects, status }: Described) {
  const { v: _v, seen: _s, undo: _u, decision: _d, interrupt: _i, ...shown } = document;
  return { ...shown, steps: document.steps.map((step) => overlay(step, effects)), verbs: status === 'RUNNING' ? allowedVerbs(document) : [] };
}

/** No worker answers: the summary that the workflow last published. Its steps are not known then, and no verb is heard. */
const lastKnown = ({ id, summary }: Described) => ({ id, ...summary, steps: [], timeline: [], verbs: [], stale: true });

const runOf = ({ runId, status, historyLength, startedAt, closedAt }: Described) => ({ id: runId, status, historyLength, startedAt, closedAt });
