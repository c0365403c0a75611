import { json, ourProblem } from '../http/answers';
import { endpoint } from '../http/endpoint';
import { webhook, webhookParams, WEBHOOK_PATH } from './schemas';
import { viewWebhook } from './view_webhook';

/** One webhook: where it tells, what it told last, what it is at. */
export const getWebhook = endpoint(
  {
    method: 'get', path: WEBHOOK_PATH, tag: 'webhooks', summary: 'A webhook, with its last deliveries', params: webhookParams,
    answers: { 200: json('The webhook', webhook), 404: ourProblem, 503: ourProblem },
  },
  async (c, { params: { name } }, grid) => c.json(await viewWebhook(c, grid, name)),
);
