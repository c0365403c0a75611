import type { Next } from 'hono';
import { MAX_BODY_BYTES, tooLarge } from './body';
import type { Ctx } from './grid';
import { problemResponse } from './problem_response';

/** What is read to its end, so that the caller hears why; beyond it the connection is closed. */
const MAX_DISCARDED_BYTES = 32 * 1024 * 1024;

/**
 * Refuses bodies above the limit with 413, whether they say their length or not. The rest of such a body is read and
 * dropped: an answer given while the caller still sends is lost on it, and so is the connection's next request.
 */
export async function bodyLimit(c: Ctx, next: Next): Promise<Response | void> {
  const length = c.req.header('content-length');
  const inPieces = c.req.header('transfer-encoding') !== undefined;
  if (!inPieces && Number(length ?? 0) <= MAX_BODY_BYTES) return next();
  const body = await within(c.req.raw.body);
  if (!body) {
    c.header('Connection', 'close');
    return problemResponse(c, tooLarge(MAX_BODY_BYTES));
  }
  c.req.raw = new Request(c.req.raw, { body });
  return next();
}

/** The body, or undefined when it is larger than the limit. */
async function within(stream: ReadableStream<Uint8Array> | null): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream ?? []) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    if (size > MAX_DISCARDED_BYTES) break;
  }
  return size <= MAX_BODY_BYTES ? Uint8Array.from(Buffer.concat(chunks)) : undefined;
}
