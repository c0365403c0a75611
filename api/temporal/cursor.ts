import { createHash } from 'node:crypto';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';

const FORM = /^[A-Za-z0-9_-]{9,4000}$/;
const PRINT_LENGTH = 8;

/** Of one list: a cursor is no use to another, and Temporal would answer nonsense with silence. */
const print = (query: string, token: string): string => createHash('sha256').update(`${query}\0${token}`).digest('base64url').slice(0, PRINT_LENGTH);

/** Temporal's page token as text that callers hand back. */
export function cursorFrom(query: string, pageToken: Uint8Array): string {
  const token = Buffer.from(pageToken).toString('base64url');
  return print(query, token) + token;
}

export const invalidCursor = () => problem(400, 'invalid_cursor', 'cursor: this is no cursor of this list', 'Send `next` of the page before as it is, with the same filters.', { field: 'cursor' });

/** Whether {@link cursorFrom} made it for this list. */
export const isCursorOf = (query: string, cursor: string): boolean => FORM.test(cursor) && print(query, cursor.slice(PRINT_LENGTH)) === cursor.slice(0, PRINT_LENGTH);

/** @throws Problem 400 `invalid_cursor` for what {@link cursorFrom} did not make for this list */
export function pageTokenOf(query: string, cursor: string): Uint8Array {
  if (isCursorOf(query, cursor)) return Buffer.from(cursor.slice(PRINT_LENGTH), 'base64url');
  raise(invalidCursor());
}
