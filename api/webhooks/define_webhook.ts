import type { z } from '@hono/zod-openapi';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { problem } from '../../model/errors';
import { webhookId } from '../../model/ids';
import { raise } from '../../model/raise';
import { MOST_WEBHOOKS, newWebhook, viewWebhookDetail, type WebhookInput, type WebhookWish } from '../../model/webhook';
import { openLifecyclesQuery } from '../../process/visibility';
import { within } from '../../process/within';
import type { Ctx, Grid } from '../http/grid';
import { updateIdOf } from '../http/idempotency';
import { command } from '../temporal/command';
import { describe, findDescribed } from '../temporal/describe';
import { firstSummary, startOptions } from '../temporal/start';
import { allSummaries } from '../temporal/summaries';
import type { wish } from './schemas';

const START_MS = 3_000;

/**
 * @returns whether it was not there before
 * @throws Problem 409 for a new one above the most, or one that is there for somebody else
 */
export async function defineWebhook(c: Ctx, grid: Grid, name: string, { owner, ...wanted }: z.output<typeof wish>): Promise<boolean> {
  const id = webhookId(name);
  const isThere = (await findDescribed(grid, id))?.status === 'RUNNING';
  if (!isThere && (await create(grid, { name, owner: owner ?? grid.caller.owner, onlyOwn: owner !== undefined, ...wanted }))) return true;
  const { summary } = await describe(grid, id);
  const [had, now] = [summary?.detail.onlyOwn === true ? summary.owner : undefined, owner];
  if (had !== now) raise(problem(409, 'other_owner', `${id} is there and tells ${had === undefined ? 'everything' : `what ${had} may see`}`, 'Remove it first, or take another name.', { field: 'owner' }));
  await command<WebhookWish>(grid, id, 'define', wanted, updateIdOf(c));
  return false;
}

/** False when somebody else was quicker. */
async function create(grid: Grid, input: WebhookInput): Promise<boolean> {
  const others = await allSummaries(grid, openLifecyclesQuery('webhook/'));
  if (others.length >= MOST_WEBHOOKS) raise(problem(409, 'too_many_webhooks', `there are ${others.length} webhooks already`, 'Remove one that is not needed any more.'));
  const { id, kind, owner, state, ...more } = newWebhook(input, new Date().toISOString());
  const summary = firstSummary({ id, kind, owner, state, detail: viewWebhookDetail({ id, kind, owner, state, ...more }) });
  try {
    await within(grid, START_MS, () => grid.client.workflow.start('webhook', { ...startOptions(summary, `webhook ${input.name}`), args: [input] }));
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}
