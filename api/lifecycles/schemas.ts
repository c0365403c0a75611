import { z } from '@hono/zod-openapi';
import { tripleNamed } from '../../model/environment/identity';
import { NAME } from '../../model/ids';
import { VERBS } from '../../model/lifecycle';

export const LIFECYCLES = '/api/v1/lifecycles';

/** A lifecycle id as Temporal shows it: at least two names, e.g. `cluster/test/reference/1.0.0/1`. */
export const lifecycleId = z.string().refine((id) => id.includes('/') && id.split('/').every((part) => NAME.test(part) || tripleNamed(part) !== undefined), 'not the id of a lifecycle');

export const verbs = z.array(z.enum(VERBS as [string]));

export const links = z.looseObject({ self: z.string(), temporal: z.string().optional() });

const help = z.string().optional().openapi({ description: 'where the manual tells of this reason, relative to the API' });

const condition = z.object({ type: z.string(), reason: z.string(), message: z.string().optional(), status: z.string().optional(), since: z.string().optional(), help });

export const summary = z
  .looseObject({
    id: z.string(), kind: z.string(), owner: z.string(), state: z.string(), revision: z.number(),
    step: z.string().optional(), reason: z.string().optional(), conditions: z.array(condition),
    createdAt: z.string(), updatedAt: z.string(), detail: z.record(z.string(), z.unknown()), links,
  })
  .openapi('Summary');

const problem = z.looseObject({ code: z.string(), message: z.string(), fix: z.string(), help });

const step = z.looseObject({
  name: z.string(), state: z.string(), attempt: z.number(), startedAt: z.string().optional(), endedAt: z.string().optional(),
  lastError: problem.optional(), nextTryAt: z.string().optional(), waitingFor: z.string().optional(),
  progress: z.object({ done: z.number(), total: z.number() }).optional(), output: z.string().optional(),
  retryable: z.boolean(), skippable: z.boolean(),
});

export const lifecycle = z
  .looseObject({
    id: z.string(), kind: z.string(), owner: z.string(), state: z.string(), revision: z.number(),
    conditions: z.array(condition), steps: z.array(step),
    timeline: z.array(z.object({ at: z.string(), state: z.string(), because: z.string().optional() })),
    verbs, links, run: z.looseObject({ id: z.string(), status: z.string() }),
    stale: z.literal(true).optional(),
  })
  .openapi('Lifecycle');

export const commandResult = z.object({ id: z.string(), state: z.string(), revision: z.number(), links }).openapi('CommandResult');
