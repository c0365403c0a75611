import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Call {
  /** Method and path. */
  line: string;
  body: string;
  authorization?: string;
}

export interface ForeignConnector {
  url: string;
  calls: Call[];
  /** Method and path of every call so far, in order. */
  lines(): string[];
  /** Resolves when its callers have ended every connection that they made. */
  allClosed(): Promise<void>;
  close(): Promise<void>;
}

export type Answering = (call: Call, response: ServerResponse, request: IncomingMessage) => void;

/** A connector that somebody else wrote: a real HTTP server that answers as it is told, and counts. */
export async function foreignConnector(answer: Answering): Promise<ForeignConnector> {
  const calls: Call[] = [];
  const sockets: Socket[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const call: Call = { line: `${request.method} ${request.url}`, body: Buffer.concat(chunks).toString(), authorization: request.headers.authorization };
    calls.push(call);
    answer(call, response, request);
  });
  server.keepAliveTimeout = 600_000;
  server.on('connection', (socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    lines: () => calls.map(({ line }) => line),
    allClosed: async () => {
      await Promise.all(sockets.filter((socket) => !socket.destroyed).map((socket) => once(socket, 'close')));
    },
    close: () => new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    }),
  };
}

export const html = (status: number, title: string, text: string): string =>
  `<!DOCTYPE html><html><head><title>Error: ${status} ${title}</title><style type="text/css">html {background-color: #eee;}</style></head>
  <body><h1>Error: ${status} ${title}</h1><p>Sorry, the requested URL caused an error:</p><pre>${text}</pre></body></html>`;

const said = (response: ServerResponse, status: number, text = '', type = 'text/html; charset=UTF-8') => void response.writeHead(status, { 'content-type': type }).end(text);
const notFound = (response: ServerResponse) => said(response, 404, html(404, 'Not Found', "Not found: '/'"));

export interface Counted {
  running: number;
}

/** `scale` and `status` (G-11, G-12), over services that are defined. */
export const laterEra = (services: Record<string, Counted>): Answering => ({ line, body }, response) => {
  const [, method, name, verb] = /^(GET|POST) \/service\/([^/]+)\/(\w+)$/.exec(line) ?? [];
  if (!name) return notFound(response);
  const service = services[decodeURIComponent(name)];
  if (!service) return said(response, 501, html(501, 'Not Implemented', `Undefined service: ${name}.`));
  if (method === 'GET' && verb === 'status') return said(response, 200, JSON.stringify({ running_resources: service.running }), 'application/json');
  if (method !== 'POST' || verb !== 'scale') return notFound(response);
  service.running = (JSON.parse(body) as { number: number }).number;
  said(response, 200);
};

/** `start` and `kill` (G-10); a kill ends one, as the documents have it, or all, as the connector of the time did. */
export const seedEra = (services: Record<string, Counted>, killsAll = false): Answering => ({ line }, response) => {
  const [, name, verb] = /^GET \/service\/([^/]+)\/(start|kill)$/.exec(line) ?? [];
  if (!name) return notFound(response);
  const service = services[name];
  if (!service) return said(response, 501, html(501, 'Not Implemented', `Undefined service: ${name}.`));
  service.running = verb === 'start' ? service.running + 1 : killsAll ? 0 : Math.max(0, service.running - 1);
  said(response, 200);
};
