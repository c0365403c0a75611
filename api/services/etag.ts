import { createHash } from 'node:crypto';
import type { SeedDocument } from '../../model/services/views';
import type { Ctx } from '../http/grid';

/** SG-14: MD5 of the document's JSON text. */
export const etagOf = (document: SeedDocument): string => `"${createHash('md5').update(JSON.stringify(document)).digest('hex')}"`;

/** Whether a precondition names this tag, in quotes or, as the seed's sample shows it, without; `*` names any. */
export const names = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((tag) => ['*', etag, etag.slice(1, -1)].includes(tag.trim().replace(/^W\//, ''))) ?? false;

/** Answers with a document and its tag, or 304 where the caller has it already. */
export function answerDocument(c: Ctx, document: SeedDocument): Response {
  const etag = etagOf(document);
  c.header('ETag', etag);
  c.header('Cache-Control', 'no-cache');
  return c.req.method === 'GET' && names(c.req.header('if-none-match'), etag) ? c.body(null, 304) : c.json(document);
}
