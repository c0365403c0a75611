import { z } from '@hono/zod-openapi';
import type { OptionValue } from '../../model/product';
import { readJson } from '../http/body';
import type { Ctx } from '../http/grid';

export const MAX_OPTIONS_BYTES = 256 * 1024;

export const launchOptions = z.record(z.string(), z.unknown()).openapi({ example: { size: 2 } });

/** The options of an order as they came; none at all is an empty order (spec §3.6 g). The order's own check does the rest. */
export const readOptions = async (c: Ctx): Promise<Record<string, OptionValue>> =>
  (await readJson(c, { schema: launchOptions, lenient: true, wrongType: 400, whenEmpty: {}, limitBytes: MAX_OPTIONS_BYTES })) as Record<string, OptionValue>;
