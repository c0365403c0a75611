import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Exchange } from './traces';

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: any;
}

/** A master that says what a recorded one said: to each request the next of these exchanges, byte by byte. */
export interface RecordedMaster {
  port: number;
  asked: Asked[];
  close(): Promise<void>;
}

export async function recordedMaster(stream: Exchange | undefined, others: readonly Exchange[]): Promise<RecordedMaster> {
  const asked: Asked[] = [];
  const left = [...others];
  let ending = () => {};
  const answered = () => left.length === 0 && ending();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const one: Asked = { method: request.method!, path: request.url!, headers: request.headers, body: text && JSON.parse(text) };
    asked.push(one);
    if (stream && one.body?.type === 'SUBSCRIBE' && one.path !== '/api/v1') {
      ending = tell(response, stream);
      return void answered();
    }
    const next = left.shift();
    if (!next?.response) return void request.socket.destroy();
    response.writeHead(next.response.status, next.response.headers);
    const { body, body_text: said = '' } = next.response;
    response.end(body === undefined ? said : JSON.stringify(body), () => answered());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port, asked,
    close: () => new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    }),
  };
}

/** Sends the stream as it was, but for its end, which is returned: an error and what comes after it. */
function tell(response: ServerResponse, { head, chunks, events, end }: Exchange): () => void {
  response.writeHead(head!.status, head!.headers);
  const isError = ({ event }: Exchange['events'][number]) => event.type === 'ERROR';
  const write = ({ n, event }: Exchange['events'][number]) => {
    const recorded = chunks.find((chunk) => chunk.n === n && chunk.latin1.length === chunk.bytes);
    // A chunk is `size CRLF bytes CRLF`; what is sent here is chunked by the server itself.
    response.write(recorded ? Buffer.from(recorded.latin1.slice(recorded.latin1.indexOf('\r\n') + 2, -2), 'latin1') : recordOf(event));
  };
  events.filter((one) => !isError(one)).forEach(write);
  return () => {
    events.filter(isError).forEach(write);
    if (end?.why === 'last chunk') response.end();
    else if (end?.why.startsWith('server closed')) response.socket?.end();
  };
}

function recordOf(event: object): Buffer {
  const text = Buffer.from(JSON.stringify(event));
  return Buffer.concat([Buffer.from(`${text.length}\n`), text]);
}
