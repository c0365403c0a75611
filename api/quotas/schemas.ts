import { z } from '@hono/zod-openapi';
import { NAME } from '../../model/ids';

export const QUOTAS = '/api/v1/quotas';
export const QUOTA_PATH = `${QUOTAS}/{owner}`;
export const quotaParams = z.object({ owner: z.string().regex(NAME) });

const MOST = 1_000_000_000;
const limits = { machines: z.number().int().min(0).max(MOST).optional(), cpu: z.number().min(0).max(MOST).multipleOf(0.001).optional().openapi({ description: 'in cores' }), memMiB: z.number().int().min(0).max(MOST).optional() };

export const limitsBody = z.strictObject(limits).refine((given) => Object.keys(given).length > 0, 'name at least one of machines, cpu, memMiB')
  .openapi('Limits', { description: 'What is not named is not limited', example: { machines: 3, cpu: 2, memMiB: 4096 } });

const amounts = { machines: z.number(), cpu: z.number(), memMiB: z.number() };
export const quotaSummary = z.object({ owner: z.string(), limits: z.object(limits), used: z.object(amounts) }).openapi('QuotaSummary');
export const quotaView = z
  .object({ owner: z.string(), limits: z.object(limits), used: z.object(amounts), clusters: z.array(z.object({ id: z.string().openapi({ description: 'of the cluster, or of an order that has none yet' }), ...amounts })) })
  .openapi('Quota');
