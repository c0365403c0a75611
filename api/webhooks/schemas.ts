import { z } from '@hono/zod-openapi';
import { LIFECYCLE_KINDS, NAME, NAME_RULE } from '../../model/ids';
import { DEFAULT_ATTEMPTS, MOST_ATTEMPTS } from '../../model/webhook';
import { links } from '../lifecycles/schemas';

export const WEBHOOKS = '/api/v1/webhooks';
export const WEBHOOK_PATH = `${WEBHOOKS}/{name}`;

export const webhookParams = z.object({ name: z.string().regex(NAME) });

export const wish = z.strictObject({
  url: z.string().min(1).max(1_000).openapi({ example: 'https://receiver.example/grid' }),
  secret: z.string().min(1).max(500).openapi({ description: 'where the secret is: `file:/path` or `env:NAME`, on the hosts of the control workers', example: 'env:WEBHOOK_SECRET' }),
  kinds: z.array(z.enum(LIFECYCLE_KINDS)).max(LIFECYCLE_KINDS.length).default([]).openapi({ description: 'only lifecycles of these kinds' }),
  owner: z.string().regex(NAME, NAME_RULE).optional().openapi({ description: 'whose it is: only what he may see is told; without one, everything, and it is the caller\'s' }),
  attempts: z.number().int().min(1).max(MOST_ATTEMPTS).default(DEFAULT_ATTEMPTS).openapi({ description: 'at one delivery, before a person is asked' }),
});

const delivery = z.object({
  event: z.string().openapi({ description: 'the same however often it is sent' }), lifecycle: z.string(), revision: z.number().int(), at: z.string(),
  outcome: z.enum(['delivered', 'skipped', 'given_up']), status: z.number().int().nullable(), attempts: z.number().int(),
});

const shared = { id: z.string(), name: z.string(), owner: z.string(), state: z.string(), url: z.string(), links, stale: z.literal(true).optional() };

export const webhookEntry = z.looseObject({ ...shared, kinds: z.array(z.string()) }).openapi('WebhookEntry');

export const webhook = z
  .looseObject({
    ...shared, kinds: z.array(z.string()), secret: z.string().optional().openapi({ description: 'where it is, never what it is' }),
    deliveries: z.array(delivery).optional().openapi({ description: 'the last ones, the newest first' }),
    waiting: z.number().int().optional().openapi({ description: 'changes that are yet to be told' }),
    next: z.looseObject({ event: z.string(), lifecycle: z.string(), revision: z.number().int(), attempts: z.number().int().optional(), nextTryAt: z.string().optional() }).nullable().optional().openapi({ description: 'the one that is being told' }),
  })
  .openapi('Webhook');
