import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A connector of somebody else: a real HTTP server that counts what it is told to run. */
export interface ForeignConnector {
  url: string;
  /** What runs, by service; a test may change it, as a machine that dies does. */
  running: Map<string, number>;
  /** Every call in order, e.g. `POST /service/web/scale {"number":1}`. */
  calls: string[];
  /** What it answers instead, as long as it is set. */
  failing: { status: number; body: string } | null;
  /** Nothing listens there until it is opened again, at the same port. */
  close(): Promise<void>;
  open(): Promise<void>;
}

const PATH = /^\/service\/([^/]+)\/(\w+)$/;

/** `later`: scale and status; `seed`: start and kill alone, and nobody can say what runs (C-4 … C-6). */
export async function openForeignConnector(era: 'seed' | 'later'): Promise<ForeignConnector> {
  const running = new Map<string, number>();
  const calls: string[] = [];
  const verbs = era === 'later' ? LATER : SEED;
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const [, service, verb] = PATH.exec(request.url ?? '') ?? [];
    const known = service && verb ? verbs[`${request.method} ${verb}`] : undefined;
    calls.push([request.method, request.url, body].filter(Boolean).join(' '));
    if (connector.failing) return response.writeHead(connector.failing.status).end(connector.failing.body);
    if (!known) return response.writeHead(404).end('<pre>Not found</pre>');
    const answer = known(running, service!, body);
    response.setHeader('content-type', 'application/json');
    response.end(answer === undefined ? '' : JSON.stringify(answer));
  };
  let server = createServer((request, response) => void handle(request, response));
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const connector: ForeignConnector = {
    url: `http://127.0.0.1:${port}`, running, calls, failing: null,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    open: async () => {
      server = createServer((request, response) => void handle(request, response));
      await listen(port);
    },
  };
  return connector;
}

type Verb = (running: Map<string, number>, service: string, body: string) => unknown;
const count = (running: Map<string, number>, service: string) => running.get(service) ?? 0;

const LATER: Record<string, Verb> = {
  'GET status': (running, service) => ({ running_resources: count(running, service) }),
  'POST scale': (running, service, body) => void running.set(service, (JSON.parse(body) as { number: number }).number),
};

const SEED: Record<string, Verb> = {
  'GET start': (running, service) => void running.set(service, count(running, service) + 1),
  'GET kill': (running, service) => void running.set(service, count(running, service) - 1),
};
