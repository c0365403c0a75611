import { z } from '@hono/zod-openapi';

export const MACHINES = '/api/v1/machines';

/** Made by `machineId`: the parts of a cluster's dn, joined by `--`. */
export const machineParams = z.object({ id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,299}$/) });

export const machine = z
  .looseObject({
    id: z.string(), compute: z.string(), owner: z.string(), node: z.string(), generation: z.number(), state: z.enum(['running', 'dead']),
    host: z.string(), address: z.string(), ref: z.record(z.string(), z.union([z.string(), z.number()])), startedAt: z.string(),
    health: z.object({ status: z.enum(['starting', 'healthy', 'unhealthy']), said: z.string() }).optional(),
  })
  .openapi('Machine');
