import { z } from '@hono/zod-openapi';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import { refuseWebhook } from '../../model/webhook';
import { json, jsonBody, ourProblem } from '../http/answers';
import { readJson } from '../http/body';
import { checkName } from '../http/check';
import { endpoint } from '../http/endpoint';
import { absolute } from '../http/grid';
import { defineWebhook } from './define_webhook';
import { webhook, WEBHOOK_PATH, WEBHOOKS, wish } from './schemas';
import { viewWebhook } from './view_webhook';

/** Has somebody's HTTP server told what changes from now on, or gives a webhook another address, secret or choice. */
export const putWebhook = endpoint(
  {
    method: 'put', role: 'admin', path: WEBHOOK_PATH, tag: 'webhooks', summary: 'Define a webhook, or change it', params: z.object({ name: z.string() }), body: jsonBody(wish),
    answers: {
      201: json('Defined; Location is the webhook', webhook), 200: json('It was there; as it is now', webhook),
      400: ourProblem, 404: ourProblem, 409: ourProblem, 413: ourProblem, 415: ourProblem, 503: ourProblem,
    },
  },
  async (c, { params }, grid) => {
    const name = checkName(params.name, 'name');
    const wanted = await readJson(c, { schema: wish, wrongType: 415 });
    const objection = refuseWebhook(wanted) ?? (URL.canParse(wanted.url) ? undefined : problem(400, 'bad_address', 'url: this is no URL', 'Write http://host:port/path or https://…', { field: 'url' }));
    if (objection) raise(objection);
    const created = await defineWebhook(c, grid, name, wanted);
    c.header('Location', absolute(c, `${WEBHOOKS}/${name}`));
    return c.json(await viewWebhook(c, grid, name), created ? 201 : 200);
  },
);
