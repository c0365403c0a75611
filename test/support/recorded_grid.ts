import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Reply {
  status?: number;
  /** JSON, unless `text` is given. */
  body?: unknown;
  text?: string;
  headers?: Record<string, string>;
}

export interface Asked {
  /** `GET /api/v1/machines`, without the query. */
  line: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: unknown;
}

/** A reply, several of which the last is repeated, or a function that answers by itself. */
export type Recorded = Reply | Reply[] | ((response: ServerResponse, asked: Asked) => void);

export interface RecordedGrid {
  api: string;
  /** Everything that was asked, in order. */
  asked: Asked[];
  lines(): string[];
  close(): Promise<void>;
}

/** A real HTTP server that answers with recorded documents; what was not recorded is 404 in the form of the API. */
export async function recordedGrid(recorded: Record<string, Recorded>, port = 0): Promise<RecordedGrid> {
  const asked: Asked[] = [];
  const left = new Map(Object.entries(recorded).map(([line, reply]) => [line, Array.isArray(reply) ? [...reply] : reply]));
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://grid');
    const body = await text(request);
    const one: Asked = { line: `${request.method} ${url.pathname}`, query: url.searchParams, headers: request.headers, body: body ? JSON.parse(body) : undefined };
    asked.push(one);
    const reply = left.get(one.line) ?? { status: 404, body: { status: 404, code: 'not_found', title: 'not found', detail: `nothing at ${one.line}`, fix: 'Look elsewhere.' } };
    if (typeof reply === 'function') return reply(response, one);
    send(response, Array.isArray(reply) ? (reply.length > 1 ? reply.shift()! : reply[0]!) : reply);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    lines: () => asked.map((a) => a.line),
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function send(response: ServerResponse, { status = 200, body, text: plain, headers = {} }: Reply): void {
  response.writeHead(status, { 'content-type': plain === undefined ? 'application/json' : 'text/plain', ...headers });
  response.end(plain ?? (body === undefined ? undefined : JSON.stringify(body)));
}
