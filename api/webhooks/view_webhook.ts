import { problem } from '../../model/errors';
import { webhookId } from '../../model/ids';
import type { Summary } from '../../model/lifecycle';
import { raise } from '../../model/raise';
import { allowedVerbs } from '../../model/verbs';
import type { WebhookDocument } from '../../model/webhook';
import type { Ctx, Grid } from '../http/grid';
import { overlay } from '../lifecycles/overlay';
import { linksOf } from '../lifecycles/links';
import { describe, type Described } from '../temporal/describe';
import { askDocument } from '../temporal/document';

/**
 * A webhook with its last deliveries, and the attempts at the one that is under way; while no worker answers, what its summary knows.
 * @throws Problem 404 without such a webhook, and for one that was removed
 */
export async function viewWebhook(c: Ctx, grid: Grid, name: string): Promise<object> {
  const id = webhookId(name);
  const [described, asked] = await Promise.all([describe(grid, id), askDocument<WebhookDocument>(grid, id)]);
  if (described.status !== 'RUNNING') raise(noWebhook(name));
  const links = linksOf(c, grid, id);
  if (!asked.answered) {
    const { detail = {}, ...life } = described.summary ?? { id };
    return { ...life, ...detail, kinds: kindsIn(detail), links, stale: true };
  }
  const { v: _v, seen: _s, undo: _u, decision: _d, interrupt: _i, steps, next, ...shown } = asked.document;
  return { ...shown, steps: steps.map((step) => overlay(step, described.effects)), next: next && { ...next, ...attemptsAt(described) }, verbs: allowedVerbs(asked.document), links };
}

/** What its activity does right now. */
function attemptsAt({ effects }: Described): { attempts?: number; nextTryAt?: string; lastError?: string } {
  const sending = effects.find(({ step }) => step === 'deliver');
  return sending ? { attempts: sending.attempt, ...(sending.nextTryAt ? { nextTryAt: sending.nextTryAt } : {}), ...(sending.lastError ? { lastError: sending.lastError.message } : {}) } : {};
}

export const kindsIn = (detail: Summary['detail']): string[] => String(detail['kinds'] ?? '').split(' ').filter(Boolean);

export const noWebhook = (name: string) => problem(404, 'not_found', `there is no ${webhookId(name)}`, 'See the list at /api/v1/webhooks.');
