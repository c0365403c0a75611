import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { awaitReady } from '../../cli/up/await_ready';

let server: Server | undefined;
afterEach(() => server?.close());

/** A grid whose API answers this, in turn; the last one for ever. */
async function apiThat(...answers: [number, object | string][]) {
  let asked = 0;
  server = createServer((_, res) => {
    const [status, body] = answers[Math.min(asked++, answers.length - 1)]!;
    res.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { home: tmpdir(), listen: [{ host: '127.0.0.1', port: (server.address() as AddressInfo).port }] };
}

const AWAY = { code: 'no_worker', detail: 'no control worker answers' };
const never = new AbortController().signal;

it('waits for as long as the worker needs, and says meanwhile what is missing', async () => {
  const noted: string[] = [];
  await awaitReady(await apiThat([503, { detail: 'Temporal does not answer' }], [503, AWAY], [503, AWAY], [200, {}]), (said) => noted.push(said), never);
  expect(noted).toEqual(['Temporal does not answer', AWAY.detail, AWAY.detail]);
});

it('gives up in the end, with what was said last', async () => {
  await expect(awaitReady(await apiThat([503, AWAY]), () => undefined, never, 1)).rejects.toMatchObject({ status: 503, code: 'not_ready', message: expect.stringContaining(AWAY.detail) });
});

it('takes what is no problem document as it is', async () => {
  const noted: string[] = [];
  await awaitReady(await apiThat([502, 'bad gateway'], [200, {}]), (said) => noted.push(said), never);
  expect(noted).toEqual(['bad gateway']);
});

it('ends at once when the start is given up', async () => {
  const asked = new AbortController();
  await expect(awaitReady(await apiThat([503, AWAY]), () => asked.abort(), asked.signal)).rejects.toMatchObject({ name: 'AbortError' });
});
