import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is done to one request: `drop` and `fail` after the engine did it, `refuse` instead of that. */
export type Fault = 'none' | 'drop' | 'fail' | 'refuse' | { delayMs: number };

export interface Proxy {
  socket: string;
  /** Decides for each request, e.g. by `POST /containers/create`. */
  fault(by: (what: string) => Fault): void;
  /** All requests that came, in their order. */
  seen: string[];
  close(): Promise<void>;
}

/** Stands between a driver and an engine, and does to answers what networks and busy engines do. */
export async function openProxy(engine: string, socket = `${engine}.proxy`): Promise<Proxy> {
  let decide: (what: string) => Fault = () => 'none';
  const seen: string[] = [];
  const server = createServer((asked, answered) => {
    const what = `${asked.method} ${asked.url!.split('?')[0]}`;
    seen.push(what);
    void pass(engine, asked, answered, decide(what));
  });
  rmSync(socket, { force: true });
  server.listen(socket);
  await once(server, 'listening');
  return {
    socket, seen,
    fault: (by) => { decide = by; },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function pass(engine: string, asked: IncomingMessage, answered: ServerResponse, fault: Fault): Promise<void> {
  if (fault === 'refuse') {
    asked.resume();
    answered.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"not now"}');
    return;
  }
  if (typeof fault === 'object') await sleep(fault.delayMs);
  const onward = request({ socketPath: engine, method: asked.method, path: asked.url, headers: asked.headers });
  onward.on('error', () => answered.destroy());
  asked.pipe(onward);
  const [answer] = (await once(onward, 'response').catch(() => [undefined])) as [IncomingMessage | undefined];
  if (!answer) return;
  if (fault === 'drop' || fault === 'fail') {
    answer.resume();
    await once(answer, 'end');
    if (fault === 'drop') answered.destroy();
    else answered.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"something broke"}');
    return;
  }
  answered.writeHead(answer.statusCode!, answer.headers);
  answer.pipe(answered);
  answer.on('error', () => answered.destroy());
}
