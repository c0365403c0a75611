import { webhookId } from '../../model/ids';
import { raise } from '../../model/raise';
import { nothing, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { updateIdOf } from '../http/idempotency';
import { command } from '../temporal/command';
import { findDescribed } from '../temporal/describe';
import { webhookParams, WEBHOOK_PATH } from './schemas';
import { noWebhook } from './view_webhook';

/** What it was yet to tell is told to nobody; what it was stays among the lifecycles, `destroyed`. */
export const deleteWebhook = endpoint(
  {
    method: 'delete', role: 'admin', path: WEBHOOK_PATH, tag: 'webhooks', summary: 'Remove a webhook', params: webhookParams,
    answers: { 204: nothing('Removed'), 404: ourProblem, 409: ourProblem, 503: ourProblem },
  },
  async (c, { params: { name } }, grid) => {
    if ((await findDescribed(grid, webhookId(name)))?.status !== 'RUNNING') raise(noWebhook(name));
    await command(grid, webhookId(name), 'destroy', {}, updateIdOf(c));
    return c.body(null, 204);
  },
);
