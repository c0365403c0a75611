import { request as plain, type IncomingMessage } from 'node:http';

/**
 * One HTTP exchange over Node's own client: `fetch` would cost every `grid` command 40 ms of start-up, and a script
 * calls `grid exec` once for each node.
 */
export interface HttpRequest {
  method: string;
  url: URL;
  headers: Record<string, string>;
  body?: string;
  /** The exchange ends in an error when nothing was heard for this long. */
  silenceMs: number;
  signal?: AbortSignal;
  /** Of a server that is asked for nothing but whether it is there. */
  anyCertificate?: true;
  /** Takes the body as it comes, when the answer is a success; the answer's own text is then empty. */
  onText?: (text: string) => void;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

export async function exchange(what: HttpRequest): Promise<HttpAnswer> {
  const { request } = what.url.protocol === 'https:' ? await import('node:https') : { request: plain };
  return new Promise((resolve, reject) => {
    const headers = what.body === undefined ? what.headers : { ...what.headers, 'content-length': String(Buffer.byteLength(what.body)) };
    let come: IncomingMessage | undefined;
    const breakOff = (error: Error) => {
      // Of an answer that is here whole the connection belongs to nobody any more: what ends it would be heard by none.
      if (!come?.complete) out.destroy(error);
      reject(error);
    };
    const aborted = () => breakOff(Object.assign(new Error('interrupted'), { name: 'AbortError' }));
    const out = request(what.url, { method: what.method, headers, ...(what.anyCertificate ? { rejectUnauthorized: false } : {}) }, (answer) => {
      come = answer;
      const status = answer.statusCode ?? 0;
      const streamed = what.onText && status < 300;
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (streamed ? what.onText!(chunk) : (text += chunk)));
      answer.on('end', () => resolve({ status, headers: answer.headers, text }));
      answer.on('error', reject);
    });
    out.setTimeout(what.silenceMs, () => breakOff(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
    out.on('error', reject);
    out.on('close', () => what.signal?.removeEventListener('abort', aborted));
    what.signal?.addEventListener('abort', aborted, { once: true });
    if (what.signal?.aborted) return aborted();
    out.end(what.body);
  });
}
