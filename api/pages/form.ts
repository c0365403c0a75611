import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import { readText } from '../http/body';
import type { Ctx } from '../http/grid';

const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(;|$)/i;

/**
 * The fields of a form, as they were filled in.
 * @throws Problem 415 for what no form sends, 413
 */
export async function readFields(c: Ctx): Promise<Record<string, string>> {
  if (!FORM_TYPE.test(c.req.header('content-type') ?? '')) raise(problem(415, 'wrong_content_type', 'this takes what a form sends', 'Send application/x-www-form-urlencoded, or use the API: /docs.'));
  return Object.fromEntries(new URLSearchParams(await readText(c)));
}

/** {@link readFields}; one that is empty was not filled in. */
export const readForm = async (c: Ctx): Promise<Record<string, string>> => Object.fromEntries(Object.entries(await readFields(c)).filter(([, value]) => value !== ''));
