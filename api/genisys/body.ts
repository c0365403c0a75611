import { problem } from '../../model/errors';
import { isMap } from '../../model/options';
import { raise } from '../../model/raise';
import { readText } from '../http/body';
import type { Ctx } from '../http/grid';
import { parseJson } from '../http/json';

/**
 * The fields of a request of seed 001, whatever its content type says.
 * @throws Problem 400 in the original's words (G-4, G-6, G-8): "No data received", or `missing` for a field that is not there
 */
export async function fieldsOf<F extends string>(c: Ctx, wanted: readonly F[], missing = 'Missing parameters.'): Promise<Record<string, unknown> & Record<F, unknown>> {
  const text = await readText(c);
  const body = text.trim() === '' ? {} : parseJson(text, { lenient: true });
  if (!isMap(body) || Object.keys(body).length === 0) raise(refused('No data received', `Send a JSON object with ${wanted.join(' and ')}.`));
  const absent = wanted.filter((field) => body[field] === undefined || body[field] === null || body[field] === '');
  if (absent.length > 0) raise({ ...refused(missing, `Send ${absent.join(' and ')} too.`), field: absent[0] });
  return body;
}

const refused = (text: string, fix: string) => problem(400, 'missing_parameters', text, fix, { error: text });

/** @throws Problem 400 when it is no text */
export function textOf(fields: Record<string, unknown>, field: string): string {
  const value = fields[field];
  if (typeof value === 'string') return value;
  raise(problem(400, 'invalid_body', `${field}: is no text`, `Send ${field} as a string.`, { field }));
}
