import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { promisify } from 'node:util';
import { serve } from '@hono/node-server';
import { Connection, type Client } from '@temporalio/client';
import { pino } from 'pino';
import { createApp } from '../../../api/app';
import type { Rates } from '../../../api/access/authenticate';
import type { StreamLimits } from '../../../api/events/streams';
import { connect } from '../../../process/connect';
import type { CodecKey } from '../../../process/codec/keys';
import { prepareNamespace } from '../../../cli/up/prepare_namespace';

export interface ApiUnderTest {
  api: string;
  address: string;
  client: Client;
  namespace: string;
  /** File of tokens, where they are in use. */
  tokens?: string;
  /** Lines that the API logged. */
  logged: string[];
  /** What the process does when it is about to end. */
  stopping: AbortController;
  /** Connections that are open. */
  connections(): Promise<number>;
  end(): Promise<void>;
}

export interface Options {
  address?: string;
  namespace?: string;
  streamLimits?: StreamLimits;
  rates?: Rates;
  /** File of tokens. */
  tokens?: string;
  codecKeys?: CodecKey[];
}

/** For tests of other things, which ask more often than a caller may. */
export const NO_RATES: Rates = { calls: { perSecond: 10_000, atOnce: 10_000 }, failures: { perSecond: 10_000, atOnce: 10_000 } };

export const UI = 'http://ui.example:8233';

/** The real API on a real HTTP server, over a namespace of its own on the run's Temporal server. */
export async function startApi({ address = process.env.TEMPORAL_ADDRESS!, namespace = `api-${randomUUID().slice(0, 8)}`, streamLimits, rates, tokens, codecKeys = [] }: Options = {}): Promise<ApiUnderTest> {
  const client = connect({ connection: { address }, namespace, codecKeys });
  const logged: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const stopping = new AbortController();
  const app = createApp({ client, namespace, config: { temporal: { uiUrl: UI, codecKeys }, home: '/nowhere', url: 'http://localhost', tokens }, log, stopping: stopping.signal, streamLimits, rates });
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  await once(server, 'listening');
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const end = async () => {
    stopping.abort();
    const closed = new Promise((done) => server.close(done));
    if ('closeAllConnections' in server) server.closeAllConnections();
    await closed;
    await client.connection.close();
  };
  const connections = promisify((done: (error: Error | null, count: number) => void) => (server as Server).getConnections(done));
  return { api, address, client, namespace, tokens, logged, stopping, connections, end };
}

export async function makeNamespace({ address, namespace }: Pick<ApiUnderTest, 'address' | 'namespace'>): Promise<void> {
  const connection = await Connection.connect({ address });
  await prepareNamespace(connection, namespace).finally(() => connection.close());
}

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** A request with exactly these headers and this path, which no well-bred client would send. */
export function raw(api: string, method: string, path: string, headers: Record<string, string> = {}, body?: string | Buffer): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { hostname: host, port } = new URL(api);
    const req = request({ host, port, method, path, headers }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('end', () => resolve({ status: res.statusCode!, headers: res.headers, text: Buffer.concat(chunks).toString() }));
    });
    req.on('error', reject);
    req.end(body);
  });
}

/** Waits for what is true in a moment, and says what was seen last when it never is. */
export async function eventually<T>(look: () => Promise<T>, is: (seen: T) => boolean, withinMs = 30_000): Promise<T> {
  let seen = await look();
  for (const until = Date.now() + withinMs; !is(seen); seen = await look()) {
    if (Date.now() > until) throw new Error(`not within ${withinMs} ms; last seen: ${JSON.stringify(seen)}`);
    await new Promise((done) => setTimeout(done, 20));
  }
  return seen;
}
