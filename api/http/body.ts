import type { z } from '@hono/zod-openapi';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import { check } from './check';
import type { Ctx } from './grid';
import { parseJson } from './json';

const MAX_BODY_BYTES = 1024 * 1024;
/** So much of a body that is too large is read and dropped: an answer given while the caller still sends would be lost on it. */
const MAX_DISCARDED_BYTES = 32 * 1024 * 1024;

const QUOTES = 2;
const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

const tooLarge = (limitBytes: number) =>
  problem(413, 'body_too_large', `the body is larger than ${limitBytes / 1024} KiB`, `Send at most ${limitBytes / 1024} KiB.`);

/**
 * The body as text.
 * @throws Problem 413 above the limit, sent or as it would be kept; 400 `not_utf8`
 */
export async function readText(c: Ctx, limitBytes = MAX_BODY_BYTES): Promise<string> {
  const bytes = await readBytes(c.req.raw.body, limitBytes);
  return bytes ? refuseLarge(decoded(bytes), limitBytes) : raise(tooLarge(limitBytes));
}

/** The body, or undefined when it is larger than the limit; no more than that is ever kept. */
async function readBytes(stream: ReadableStream<Uint8Array> | null, limitBytes: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream ?? []) {
    size += chunk.length;
    if (size <= limitBytes) chunks.push(chunk);
    if (size > MAX_DISCARDED_BYTES) break;
  }
  return size <= limitBytes ? Buffer.concat(chunks) : undefined;
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    raise(problem(400, 'not_utf8', 'the body is not UTF-8 text', 'Send it as UTF-8, not compressed.'));
  }
}

/** Temporal keeps values as JSON, where control characters take six bytes and `1e20` twenty-one: it refuses what is above 2 MB. */
function refuseLarge<T>(value: T, limitBytes: number): T {
  if (Buffer.byteLength(JSON.stringify(value)) > limitBytes + QUOTES) raise(tooLarge(limitBytes));
  return value;
}

export interface JsonBody<S extends z.ZodType> {
  schema: S;
  /** Seed paths overlook missing and trailing commas (DESIGN §11). */
  lenient?: boolean;
  /** Status for a body under another content type; none: the content type does not matter. */
  wrongType?: 400 | 415;
  limitBytes?: number;
  /** What no body at all stands for; none: a body is required. */
  whenEmpty?: unknown;
}

/**
 * The body as the schema wants it.
 * @throws Problem 400, 413 or the given status, each saying what to send
 */
export async function readJson<S extends z.ZodType>(c: Ctx, wanted: JsonBody<S>): Promise<z.output<S>> {
  const { schema, lenient = false, wrongType, whenEmpty, limitBytes = MAX_BODY_BYTES } = wanted;
  const text = await readText(c);
  if (text.trim() === '' && whenEmpty !== undefined) return check(schema, whenEmpty, 'body');
  const type = c.req.header('content-type') ?? 'none';
  if (wrongType && !JSON_TYPE.test(type)) raise(notAsJson(wrongType, type));
  return check(schema, refuseLarge(parseJson(text, { lenient }), limitBytes), 'body');
}

const notAsJson = (status: 400 | 415, type: string) =>
  problem(status, 'wrong_content_type', `the content type is ${type.slice(0, 100)}, wanted is application/json`, 'Send the header Content-Type: application/json.');
