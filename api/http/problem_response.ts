import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { helpOf } from '../../model/codes';
import type { Problem } from '../../model/errors';
import type { Ctx } from './grid';

/** Whether a path is of a seed, and answers errors in its form. */
export const isOfSeed = (path: string): boolean => /^\/(bigdata|services|agents|compute|service|v1)(\/|$)/.test(path);
const RETRY_AFTER_S = '1';

/** A problem in the form of the path: the seed's own on its paths (P-19, `spec` §1), RFC 9457 on ours. */
export function problemResponse(c: Ctx, { status, code, error, message, fix, ...more }: Problem, facts: object = {}): Response {
  c.set('code', code);
  const said = { code, fix, help: helpOf(code), ...more, ...facts };
  if (status === 503) c.header('Retry-After', RETRY_AFTER_S);
  if (isOfSeed(c.req.path)) return c.json({ status, error, message, ...said }, status as ContentfulStatusCode);
  const body = { type: `urn:service-grid:problem:${code}`, title: error, status, detail: message, instance: c.req.path, ...said };
  return c.body(JSON.stringify(body), status as ContentfulStatusCode, { 'Content-Type': 'application/problem+json' });
}
