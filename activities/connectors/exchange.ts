import { problem } from '../../model/errors';
import { ProblemError } from '../problem_error';
import type { Address } from './address';

const ANSWER_WITHIN_MS = 10_000;
const MAX_BODY_BYTES = 64 * 1024;

/** What came back; a body above 64 KiB is cut there. */
export interface Answer {
  status: number;
  text: string;
  cut: boolean;
}

/** A call that got no answer, or not the whole of one. */
export class NoAnswer extends ProblemError {
  /** @param delivered false where the connector certainly heard nothing of it */
  constructor({ compute, base }: Address, reason: string, readonly delivered: boolean) {
    super(problem(503, 'connector_unreachable', `compute ${compute}: the connector at ${base} does not answer: ${reason}`,
      'See that it runs and that it can be reached from here; what runs there is unknown until then.', { field: 'connector' }), true);
  }
}

/**
 * One call of a connector's contract, made once: within 10 s, over a connection of its own, following no redirect.
 * @throws NoAnswer; the signal's reason once it is aborted.
 */
export async function exchange(address: Address, method: 'GET' | 'POST', path: string, signal: AbortSignal, body?: object): Promise<Answer> {
  signal.throwIfAborted();
  const deadline = AbortSignal.timeout(ANSWER_WITHIN_MS);
  try {
    const response = await fetch(address.base + path, {
      method, redirect: 'manual', signal: AbortSignal.any([signal, deadline]),
      headers: {
        accept: 'application/json',
        // A connection that was kept may be closed by the other side at the very moment it is used again.
        connection: 'close',
        ...(address.authorization ? { authorization: address.authorization } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, ...(await readBounded(response)) };
  } catch (error) {
    signal.throwIfAborted();
    const code = codeOf(error);
    throw new NoAnswer(address, deadline.aborted ? `nothing came within ${ANSWER_WITHIN_MS / 1000} s` : reasonOf(code), !Object.hasOwn(UNHEARD, code));
  }
}

async function readBounded({ body }: Response): Promise<{ text: string; cut: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop ends the connection.
    if (size > MAX_BODY_BYTES) break;
  }
  const text = Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString('utf8');
  return { text, cut: size > MAX_BODY_BYTES };
}

/** Errors of a connection that never came to be. */
const UNHEARD: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there', ENOTFOUND: 'its host name is not known', EAI_AGAIN: 'its host name cannot be looked up now',
  EHOSTUNREACH: 'its host cannot be reached', ENETUNREACH: 'its network cannot be reached', UND_ERR_CONNECT_TIMEOUT: 'its host does not answer',
};

const reasonOf = (code: string): string => UNHEARD[code] ?? `the connection broke off (${code})`;

function codeOf(error: unknown): string {
  const { cause, code, name } = error as NodeJS.ErrnoException;
  const { code: within, message } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
  return within ?? message ?? code ?? name;
}
