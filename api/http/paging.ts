import { z } from '@hono/zod-openapi';

const MAX_LIMIT = 200;
const DEFAULT_LIMIT = 50;

/** Query of every list of ours: how many, and from where on. */
export const paging = {
  limit: z.string().regex(/^\d{1,4}$/, `a number from 1 to ${MAX_LIMIT}`).transform(Number).refine((n) => n >= 1 && n <= MAX_LIMIT, `a number from 1 to ${MAX_LIMIT}`)
    .default(DEFAULT_LIMIT).openapi({ type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT }),
  cursor: z.string().max(4_000).optional().openapi({ description: '`next` of the page before' }),
};

/** For the next page; null at the end. */
export const next = z.string().nullable();
