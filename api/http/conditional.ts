import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import type { Ctx } from './grid';

const STRONG_TAG = /^"(\d{1,15})"$/;

export const etagOf = (revision: number): string => `"${revision}"`;

/** Whether a precondition names this tag, in quotes or, as seed 000's sample shows it, without; `*` names any. */
export const names = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((tag) => ['*', etag, etag.slice(1, -1)].includes(tag.trim().replace(/^W\//, ''))) ?? false;

/** Answers with a document and its tag, or 304 where the caller has it already (`If-None-Match`). */
export function answerTagged(c: Ctx, etag: string, body: unknown): Response {
  c.header('ETag', etag);
  c.header('Cache-Control', 'no-cache');
  return c.req.method === 'GET' && names(c.req.header('if-none-match'), etag) ? c.body(null, 304) : c.json(body as object);
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
