import { problem } from '../../model/errors';
import { computeId } from '../../model/ids';
import type { ComputeDocument } from '../../model/messages';
import { raise } from '../../model/raise';
import type { Ctx, Grid } from '../http/grid';
import { linksOf } from '../lifecycles/links';
import { describe } from '../temporal/describe';
import { askDocument } from '../temporal/document';

/**
 * A compute as GET shows it; while no worker answers, what its summary knows.
 * @throws Problem 404 without such a compute, and for one that was removed
 */
export async function viewCompute(c: Ctx, grid: Grid, name: string): Promise<object> {
  const id = computeId(name);
  const asked = await askDocument<ComputeDocument>(grid, id);
  const links = linksOf(c, grid, id);
  if (asked.answered) {
    const { v: _v, seen: _s, undo: _u, decision: _d, interrupt: _i, ...shown } = asked.document;
    return shown.state === 'removed' ? raise(noCompute(name)) : { ...shown, links };
  }
  const { detail, ...life } = (await describe(grid, id)).summary ?? { id };
  return 'state' in life && life.state === 'removed' ? raise(noCompute(name)) : { ...life, ...detail, links, stale: true };
}

export const noCompute = (name: string) => problem(404, 'not_found', `there is no ${computeId(name)}`, 'See the list at /api/v1/computes.');
