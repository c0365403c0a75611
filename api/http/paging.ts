import { z } from '@hono/zod-openapi';

const MAX_LIMIT = 200;
const DEFAULT_LIMIT = 50;

/** Query of every list of ours: how many, and from where on. */
export const paging = {
  limit: z.string().regex(/^[1-9]\d{0,8}$/, 'a number from 1 on').transform((text) => Math.min(Number(text), MAX_LIMIT))
    .default(DEFAULT_LIMIT).openapi({ type: 'integer', minimum: 1, default: DEFAULT_LIMIT, description: `more than ${MAX_LIMIT} counts as ${MAX_LIMIT}` }),
  cursor: z.string().max(4_000).optional().openapi({ description: '`next` of the page before' }),
};

/** For the next page; null at the end. */
export const next = z.string().nullable();
