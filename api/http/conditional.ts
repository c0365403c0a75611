import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import type { Ctx } from './grid';

const STRONG_TAG = /^"(\d{1,15})"$/;

export const etagOf = (revision: number): string => `"${revision}"`;

/** Answers with this revision of a thing, or 304 where the caller has it already (`If-None-Match`). */
export function answerRevision(c: Ctx, revision: number, body: unknown): Response {
  const etag = etagOf(revision);
  c.header('ETag', etag);
  c.header('Cache-Control', 'no-cache');
  const had = c.req.header('if-none-match')?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return had?.includes(etag) || had?.includes('*') ? c.body(null, 304) : c.json(body as object);
}

/**
 * The revision that the caller wants to change (`If-Match`), as updates take it; nothing when any will do.
 * @throws Problem 400 for more than one tag, 412 for a tag that is none of ours
 */
export function ifMatch(c: Ctx): { ifMatch?: number } {
  const header = c.req.header('if-match')?.trim();
  if (header === undefined || header === '*') return {};
  if (header.includes(',')) raise(problem(400, 'several_etags', 'If-Match carries several tags', 'Send the one ETag you read.'));
  const tag = STRONG_TAG.exec(header);
  if (!tag) raise(problem(412, 'changed_meanwhile', `If-Match: ${header.slice(0, 40)} is no ETag of this resource`, 'Read it again and send its ETag as it is.'));
  return { ifMatch: Number(tag[1]) };
}
