import { Agent, request as httpRequest } from 'node:http';

/** Connections stay open, as they do between a page or a script and the API, but not as long as the API would let them. */
const agent = new Agent({ keepAlive: true, timeout: 2_000 });

export interface Answer<T> {
  status: number;
  location?: string;
  body: T;
}

/**
 * One request to the API and its whole answer.
 * @throws Error for an answer of 400 or above
 */
export function request<T = unknown>(api: string, method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<Answer<T>> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(new URL(path, api), { method, agent, headers: text === undefined ? more : { 'content-type': 'application/json', ...more } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', reject).once('end', () => {
        const answer = Buffer.concat(chunks).toString();
        const status = response.statusCode ?? 0;
        if (status >= 400) return reject(new Error(`${method} ${path}: ${status} ${answer.slice(0, 500)}`));
        resolve({ status, location: response.headers.location, body: (response.headers['content-type']?.includes('json') && answer ? JSON.parse(answer) : answer) as T });
      });
    });
    sent.once('error', reject).end(text);
  });
}
