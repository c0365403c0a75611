import { createHash } from 'node:crypto';
import type { SeedDocument } from '../../model/services/views';
import { answerTagged } from '../http/conditional';
import type { Ctx } from '../http/grid';

/** SG-14: MD5 of the document's JSON text. */
export const etagOf = (document: SeedDocument): string => `"${createHash('md5').update(JSON.stringify(document)).digest('hex')}"`;

/** Answers with a document and its tag, or 304 where the caller has it already. */
export const answerDocument = (c: Ctx, document: SeedDocument): Response => answerTagged(c, etagOf(document), document);
