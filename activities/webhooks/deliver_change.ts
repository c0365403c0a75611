import { Context, metricMeter } from '@temporalio/activity';
import { problem } from '../../model/errors';
import { eventIdOf, type Sending, type Sent } from '../../model/webhook';
import { ProblemError } from '../problem_error';
import { post } from './post';
import { readSecret } from './read_secret';
import { signatureOf } from './signature';

const GONE = 410;

/**
 * Sends one change, signed; whoever gets it may get it again under the same id, where its answer was lost.
 * @throws ProblemError 502 for every answer but one of 2xx, and for none; what only a person can mend is not tried again
 */
export async function deliverChange({ webhook, url, secret, change }: Sending): Promise<Sent> {
  const { info: { attempt }, cancellationSignal } = Context.current();
  const key = await readSecret(webhook, secret);
  const id = eventIdOf(change);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const body = JSON.stringify({ type: `${change.kind}.changed`, timestamp: change.updatedAt, id, webhook, data: change });
  const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatureOf(key, id, timestamp, body) };
  const { status } = await post({ webhook, url, headers, body }, cancellationSignal).catch((error: unknown) => {
    count(webhook, 'unanswered');
    throw error;
  });
  const isTaken = status >= 200 && status < 300;
  count(webhook, isTaken ? 'taken' : 'refused');
  if (isTaken) return { status, attempts: attempt };
  const isFinal = status === GONE || (status >= 300 && status < 400);
  throw new ProblemError(problem(502, isFinal ? 'not_wanted' : 'not_taken', `the receiver of webhook ${webhook} answered ${status} to ${id}`, isFinal ? MEND : 'See what the receiver has against it, then retry; or skip this one.'), !isFinal);
}

/** For whoever watches this worker: of each webhook, of which there are few. */
const count = (webhook: string, outcome: 'taken' | 'refused' | 'unanswered'): void => metricMeter.createCounter('grid_webhook_deliveries', '', 'Changes that were sent to webhooks, each attempt').add(1, { webhook, outcome });

const MEND = 'Redirects are not followed and what is gone does not come back: name the right address (`grid webhook add`), then retry; or remove it (`grid webhook rm`).';
