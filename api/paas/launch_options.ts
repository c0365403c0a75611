import { z } from '@hono/zod-openapi';
import { isMap } from '../../model/options';
import type { OptionValue } from '../../model/product';
import { readJson } from '../http/body';
import type { Ctx } from '../http/grid';

export const MAX_OPTIONS_BYTES = 256 * 1024;

/** Not z.record, which passes over `__proto__` in silence: the order's check shall see that name and refuse it. */
export const launchOptions = z
  .custom<Record<string, unknown>>(isMap, 'is not a JSON object')
  .openapi({ type: 'object', additionalProperties: true, example: { size: 2 } });

/** The options of an order as they came; none at all is an empty order (spec §3.6 g). The order's own check does the rest. */
export const readOptions = async (c: Ctx): Promise<Record<string, OptionValue>> =>
  (await readJson(c, { schema: launchOptions, lenient: true, wrongType: 400, whenEmpty: {}, limitBytes: MAX_OPTIONS_BYTES })) as Record<string, OptionValue>;
