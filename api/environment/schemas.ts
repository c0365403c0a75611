import { z } from '@hono/zod-openapi';
import { isPart, isServicePath, pathOf } from '../../model/environment/identity';
import { RUN_VERBS } from '../../model/environment/run';

export const ENVIRONMENT = '/api/v1/environment';

const part = z.string().refine((text) => text === '' || isPart(text), 'letters, digits, ".", "-" and single underscores');
const key = z.string().max(300);
/** A path, or a key as the original writes it. */
const parent = z.string().max(1_000).transform((text) => (isServicePath(text) ? text : pathOf(text)));

/** Which services are meant (§5.3). */
export const selection = z.strictObject({ domain: part.optional(), name: part.optional(), instance: part.optional(), parent: parent.optional(), immediate: z.boolean().optional() });

/** One `ays` command. */
export const runBody = selection.extend({
  verb: z.enum(RUN_VERBS).openapi({ example: 'install' }),
  data: z.record(key, z.unknown()).optional().openapi({ description: 'values of an install, by key', example: { 'param.port': 27018 } }),
  seed: z.string().max(1_048_576).optional().openapi({ description: 'text of a seed file, <domain>.<name>.<instance>.<key> = value' }),
  consume: z.array(z.strictObject({ category: z.string().min(1).max(60), producer: z.string().min(1).max(1_000) })).max(20).optional(),
  targetType: part.optional(),
  nodeps: z.boolean().optional(), start: z.boolean().optional(), reinstall: z.boolean().optional(), force: z.boolean().optional(),
  blueprint: z.unknown().optional().openapi({ description: 'services by name__instance, with their values (verb blueprint)' }),
  expect: z.string().max(4_000).optional().openapi({ description: 'hash of the plan, or token of the differences, that were shown (verb apply); ?plan=<hash> says the same' }),
  args: z.record(key, z.string().max(10_000)).optional().openapi({ description: 'what the action gets as args' }),
}).openapi('EnvironmentRun');

export const serviceEntry = z.object({
  path: z.string(), domain: z.string(), name: z.string(), instance: z.string(), parent: z.string().nullable(), categories: z.array(z.string()), producers: z.record(z.string(), z.string()),
  processes: z.number(), ports: z.array(z.string()), prio: z.number(), state: z.string(), health: z.string(), agent: z.number().nullable(), reason: z.string().nullable(), conditions: z.array(z.string()),
  exports: z.array(z.object({ id: z.number(), at: z.number(), state: z.enum(['OK', 'ERROR']), run: z.string(), location: z.string() })).optional().openapi({ description: 'its last exports, newest first' }),
}).openapi('EnvironmentService');
