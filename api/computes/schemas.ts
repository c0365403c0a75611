import { z } from '@hono/zod-openapi';
import { NAME } from '../../model/ids';
import { links } from '../lifecycles/schemas';

export const COMPUTES = '/api/v1/computes';
export const COMPUTE_PATH = `${COMPUTES}/{name}`;

export const computeParams = z.object({ name: z.string().regex(NAME) });

export const compute = z
  .looseObject({ id: z.string(), name: z.string(), driver: z.string(), state: z.string(), links, stale: z.literal(true).optional() })
  .openapi('Compute');
