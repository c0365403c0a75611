import { z } from '@hono/zod-openapi';
import { problem, type Problem } from '../../model/errors';
import { computeId, NAME } from '../../model/ids';
import type { ComputeDocument } from '../../model/messages';
import { raise } from '../../model/raise';
import { askDocument } from '../temporal/document';
import { describe } from '../temporal/describe';
import type { Grid } from '../http/grid';
import { isDefined } from '../computes/is_defined';
import { noAnswer } from '../temporal/failures';

export const compute = z.object({ name: z.string(), connector: z.string() }).openapi({ example: { name: 'localdc', connector: 'http://localhost:7051' } });

export interface DefinedCompute {
  name: string;
  connector: string;
}

/**
 * A compute as seed 001 shows it (G-5).
 * @throws Problem 501 without such a compute
 */
export async function findCompute(grid: Grid, name: string): Promise<DefinedCompute> {
  if (!NAME.test(name) || !(await isDefined(grid, name))) raise(undefinedCompute(name));
  const asked = await askDocument<ComputeDocument>(grid, computeId(name));
  if (asked.answered) return asked.document.state === 'removed' ? raise(undefinedCompute(name)) : { name, connector: asked.document.connector };
  const connector = (await describe(grid, computeId(name))).summary?.detail['connector'];
  return typeof connector === 'string' ? { name, connector } : raise(noAnswer());
}

/** 501 is the original's choice, kept for its paths. */
export function undefinedCompute(name: string): Problem {
  const text = `Undefined compute: ${name.slice(0, 80)}.`;
  return problem(501, 'undefined_compute', text, 'Define it: POST /compute {"name": …, "connector": …}; GET /compute lists them.', { error: text });
}
