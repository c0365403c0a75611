import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { MasterUnreachable } from './trouble';
import { shownAddress, type Address, type Line, type Masters } from './masters';

export interface Question {
  path: string;
  /** Sent as JSON; none: a GET. */
  body?: object;
  headers?: Record<string, string>;
  line?: Line;
}

const ANSWER_WITHIN_MS = 10_000;
const MAX_TEXT_BYTES = 16 * 2 ** 20;

/**
 * One request to one master, made once; the answer's head is there when it resolves, its body is to be read or destroyed.
 * @throws MasterUnreachable when no head of an answer came in time; the signal's reason once it is aborted.
 */
export async function exchange(masters: Masters, at: Address, { path, body, headers = {}, line }: Question, signal: AbortSignal): Promise<IncomingMessage> {
  signal.throwIfAborted();
  const authorization = await masters.authorization?.();
  const text = body && JSON.stringify(body);
  const options: RequestOptions = {
    ...at, path, method: text === undefined ? 'GET' : 'POST', agent: line ?? false,
    headers: {
      ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      ...(authorization ? { authorization } : {}), ...headers,
    },
  };
  const limitMs = masters.answerWithinMs ?? ANSWER_WITHIN_MS;
  return new Promise((resolve, reject) => {
    let connected = false;
    const request = masters.ca === undefined ? httpRequest(options) : httpsRequest({ ...options, ca: masters.ca });
    const late = setTimeout(() => request.destroy(new Error(`no answer within ${limitMs / 1000} s`)), limitMs);
    const cut = () => request.destroy(new Error('called off'));
    const over = () => {
      clearTimeout(late);
      signal.removeEventListener('abort', cut);
    };
    signal.addEventListener('abort', cut);
    request.on('socket', (socket) => {
      // A host that is gone says nothing: what is idle is asked now and then whether it is there.
      socket.setKeepAlive(true, 15_000);
      const ready = () => { connected = true; };
      if (socket.connecting) socket.once('connect', ready);
      else ready();
    });
    request.on('response', (response) => {
      over();
      response.on('error', () => undefined);
      resolve(response);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      over();
      reject(signal.aborted ? (signal.reason as Error) : new MasterUnreachable(masters, `${shownAddress(at)} ${wordsFor(error)}`, connected));
    });
    request.end(text);
  });
}

const WORDS: Record<string, string> = {
  ECONNREFUSED: 'refuses connections', ENOTFOUND: 'is a host name that is not known', EAI_AGAIN: 'is a host name that cannot be looked up now',
  EHOSTUNREACH: 'cannot be reached', ENETUNREACH: 'cannot be reached', ECONNRESET: 'broke off the connection', ETIMEDOUT: 'does not answer',
};

const wordsFor = ({ code = '', message }: NodeJS.ErrnoException) => WORDS[code] ?? `gave ${code || message}`;

/** The whole body; what is longer than any answer of a master is cut. An answer that breaks off is what came of it. */
export async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_TEXT_BYTES) break;
    }
  } catch {
    // What came before it broke off is all there is.
  }
  return Buffer.concat(chunks).toString('utf8');
}
