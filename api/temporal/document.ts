import { WorkflowNotFoundError } from '@temporalio/client';
import { raise } from '../../model/raise';
import { within } from '../../process/within';
import type { Grid } from '../http/grid';
import { describe } from './describe';
import { noAnswer, notThere } from './failures';

const QUERY_MS = 1_500;

/** Whether a worker answered with the document, or nobody did: then the memo is all there is. */
export type Asked<D> = { answered: true; document: D } | { answered: false };

/**
 * Asks a lifecycle for its whole document. Whatever keeps it from answering (no worker, a worker whose code does not
 * fit, Temporal away) comes as `answered: false`.
 * @throws Problem 404 when there is no such lifecycle, or none that the caller may see
 */
export async function askDocument<D>(grid: Grid, id: string): Promise<Asked<D>> {
  // Whoever sees everything need not be looked after.
  if (grid.caller.role !== 'admin') await describe(grid, id);
  try {
    return { answered: true, document: await within(grid, QUERY_MS, () => grid.client.workflow.getHandle(id).query<D>('document')) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) raise(notThere(id));
    return { answered: false };
  }
}

/** @throws Problem 404, or 503 when nobody answers */
export async function document<D>(grid: Grid, id: string): Promise<D> {
  const asked = await askDocument<D>(grid, id);
  return asked.answered ? asked.document : raise(noAnswer());
}
