import { kindOf } from '../../model/ids';
import type { Lifecycle } from '../../model/lifecycle';
import { raise } from '../../model/raise';
import { allowedVerbs } from '../../model/verbs';
import type { Ctx, Grid } from '../http/grid';
import { describe, type Described } from '../temporal/describe';
import { askDocument } from '../temporal/document';
import { notThere } from '../temporal/failures';
import { helped, helpedStep } from './helped';
import { linksOf } from './links';
import { overlay } from './overlay';

/**
 * One lifecycle whole: what its workflow says, and what Temporal knows of the attempt that runs right now.
 * @throws Problem 404, 503
 */
export async function viewLifecycle(c: Ctx, grid: Grid, id: string) {
  if (kindOf(id) === undefined) raise(notThere(id));
  const [described, asked] = await Promise.all([describe(grid, id), askDocument<Shown>(grid, id)]);
  const said = asked.answered ? current(asked.document, described) : lastKnown(described);
  return { ...said, links: linksOf(c, grid, id), run: runOf(described) };
}

type Shown = Lifecycle & { createdAt: string };

/** What only the workflow itself needs of its state is left out. */
function current(document: Shown, { effects, status }: Described) {
  const { v: _v, seen: _s, undo: _u, decision: _d, interrupt: _i, ...shown } = document;
  return { ...shown, conditions: document.conditions.map(helped), steps: document.steps.map((step) => helpedStep(overlay(step, effects))), verbs: status === 'RUNNING' ? allowedVerbs(document) : [] };
}

/** No worker answers: the summary that the workflow last published. Its steps are not known then, and no verb is heard. */
const lastKnown = ({ id, summary }: Described) => ({ id, ...summary, conditions: summary?.conditions.map(helped) ?? [], steps: [], timeline: [], verbs: [], stale: true });

const runOf = ({ runId, status, historyLength, startedAt, closedAt }: Described) => ({ id: runId, status, historyLength, startedAt, closedAt });
