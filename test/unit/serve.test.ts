import type { Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { listen } from '../../process/serve';

const SHORT = { headersTimeout: 400, requestTimeout: 800, connectionsCheckingInterval: 100 };
let server: Server;

beforeAll(async () => {
  server = await listen(async (request: Request) => new Response(await request.text()), { host: '127.0.0.1', port: 0 }, undefined, SHORT);
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const port = (): number => (server.address() as AddressInfo).port;

/** All that comes back for these bytes, until the other side ends it. */
async function answered(bytes: string): Promise<{ line: string; type: string; body: string }> {
  const socket = connect(port(), '127.0.0.1');
  socket.on('error', () => undefined).write(bytes, 'latin1');
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  return { line: head.split('\r\n')[0]!, type: /^content-type: (.*)$/im.exec(head)?.[1] ?? '', body };
}

const many = (header: (n: number) => string, count: number): string => Array.from({ length: count }, (_, n) => header(n)).join('');

test.each([
  ['nonsense', 'nonsense\r\n\r\n'], ['a version of its own', 'GET / HTTP/9.9\r\n\r\n'], ['a length that is none', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n'], ['zeros', '\0\0\0\0\r\n\r\n'],
])('what is no request is answered 400 by a problem document, and its connection ended: %s', async (_what, bytes) => {
  const { line, type, body } = await answered(bytes);
  expect([line, type, JSON.parse(body)]).toEqual(['HTTP/1.1 400 Bad Request', 'application/problem+json', expect.objectContaining({ status: 400, code: 'not_http', fix: expect.any(String) })]);
});

test.each([['one', `GET / HTTP/1.1\r\nHost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`], ['very many', `GET / HTTP/1.1\r\nHost: x\r\n${many((n) => `x-${n}: some value\r\n`, 1_500)}\r\n`]])('headers that are too large are answered 431: %s', async (_what, bytes) => {
  const { line, body } = await answered(bytes);
  expect([line, JSON.parse(body)]).toEqual(['HTTP/1.1 431 Request Header Fields Too Large', expect.objectContaining({ status: 431, code: 'headers_too_large' })]);
});

test('headers and bodies that do not come are answered 408 in time; everybody else is answered meanwhile, and no connection stays', async () => {
  const begun = ['GET / HTTP/1.1\r\nHost: x\r\nX-', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nbegun'];
  const slow = Array.from({ length: 20 }, (_, n) => answered(begun[n % 2]!));
  expect(await (await fetch(`http://127.0.0.1:${port()}/`, { method: 'POST', body: 'all of it', headers: { connection: 'close' } })).text()).toBe('all of it');
  for (const { line, body } of await Promise.all(slow)) {
    expect([line, JSON.parse(body)]).toEqual(['HTTP/1.1 408 Request Timeout', expect.objectContaining({ status: 408, code: 'too_slow', fix: expect.any(String) })]);
  }
  const open = () => new Promise<number>((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));
  for (let n = 0; n < 100 && (await open()) > 0; n++) await delay(50);
  expect(await open()).toBe(0);
});
