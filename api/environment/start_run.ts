import { WithStartWorkflowOperation } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { newRun, viewRunDetail, type RunInput, type RunVerdict } from '../../model/environment/run';
import { problem } from '../../model/errors';
import { runId } from '../../model/ids';
import { raise } from '../../model/raise';
import { untilProcessed } from '../../model/until_processed';
import { within } from '../../process/within';
import type { Grid } from '../http/grid';
import { findDescribed } from '../temporal/describe';
import { problemOf } from '../temporal/failures';
import { firstSummary, startOptions } from '../temporal/start';

const VERDICT_MS = 10_000;

/**
 * Starts a run, or finds the one that was started under the same key, and waits for its plan. Where nobody plans it yet it
 * is taken all the same.
 * @throws Problem of the plan; 422 for another run under the same key
 */
export async function startRun(grid: Grid, input: RunInput): Promise<string> {
  const { kind, id, owner, state, ...first } = newRun(input, new Date().toISOString());
  const placed = await findDescribed(grid, id);
  if (placed?.summary && placed.summary.detail.fingerprint !== input.fingerprint) {
    raise(problem(422, 'idempotency_key_reused', 'another run was started under this Idempotency-Key', 'Use a new key for a new run.', { field: 'Idempotency-Key' }));
  }
  const summary = firstSummary({ id, kind, owner, state, detail: viewRunDetail({ kind, id, owner, state, ...first }) });
  const { verb, selection } = input.request;
  const start = () => new WithStartWorkflowOperation('environmentRun', {
    ...startOptions(summary, `ays ${verb} ${selection.name ?? ''}`.trim()), args: [input], workflowIdConflictPolicy: 'USE_EXISTING', workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
  });
  const ask = () => within(grid, VERDICT_MS, () => untilProcessed(() => grid.client.workflow.executeUpdateWithStart<Workflow, RunVerdict, []>('verdict', { args: [], startWorkflowOperation: start() })));
  const verdict = await ask().catch(async (error: unknown): Promise<RunVerdict> => {
    // Started, but nobody plans it now: it is planned when somebody does.
    if (problemOf(error)?.status === 503 && (await findDescribed(grid, id))) return { accepted: true, id: runId(input.id) };
    throw error;
  });
  if (!verdict.accepted) raise(verdict.problem);
  return input.id;
}
