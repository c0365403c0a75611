import type { Context } from 'hono';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';

const MOST = 1_000;
const MAX_BODY_BYTES = 256 * 1024;
/** So much of a body that is too large is read and dropped: an answer given while the caller still sends would be lost on it. */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;

/**
 * The body as an object. Only what says that it is JSON counts, as in the original: no page of another site can send
 * that without being asked for leave.
 * @throws Problem 400 in the original's words, 413
 */
export async function readObject(c: Context): Promise<Record<string, unknown>> {
  const isJson = /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(c.req.header('content-type') ?? '');
  const body = isJson ? parsed(await readText(c)) : undefined;
  if (typeof body === 'object' && body !== null && !Array.isArray(body) && Object.keys(body).length > 0) return body as Record<string, unknown>;
  return raise(problem(400, 'no_data', 'No data received', 'Send a JSON object under Content-Type: application/json.'));
}

async function readText(c: Context): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    if (size > MAX_DISCARDED_BYTES) break;
  }
  if (size > MAX_BODY_BYTES) raise(problem(413, 'body_too_large', `the body is larger than ${MAX_BODY_BYTES / 1024} KiB`, 'Send less.'));
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch (error) {
    return raise(problem(400, 'invalid_json', `the body is not JSON: ${(error as Error).message.slice(0, 200)}`, 'Correct the body.'));
  }
}

/**
 * The `number` of a body (C-5); a text of digits is one, since the samples of the original's documents send it so.
 * @throws Problem 400 in the original's words
 */
export function readNumber({ number }: Record<string, unknown>): number {
  if (number === undefined) raise(problem(400, 'missing_parameters', 'Missing parameter.', 'Give number, e.g. {"number": 3}.', { field: 'number' }));
  const value = typeof number === 'string' && /^\d{1,15}$/.test(number) ? Number(number) : number;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST) return value;
  return raise(problem(400, 'invalid_parameter', 'Invalid value for number parameter.', `Give a whole number from 0 to ${MOST}.`, { field: 'number' }));
}
