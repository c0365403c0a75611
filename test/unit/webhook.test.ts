import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { post } from '../../activities/webhooks/post';
import { signatureOf } from '../../activities/webhooks/signature';
import type { Summary } from '../../model/lifecycle';
import { eventIdOf, newWebhook, noteDelivery, readerOf, refuseWebhook, viewWebhook } from '../../model/webhook';

const at = '2026-01-01T00:00:00.000Z';
const change = (revision: number): Summary => ({ id: 'product/p/1', kind: 'product', owner: '', state: 'registered', revision, conditions: [], createdAt: at, updatedAt: at, detail: {} });
const input = { name: 'w', owner: 'alice', onlyOwn: true, url: 'http://receiver:8080/x', secret: 'env:SECRET', kinds: [], attempts: 3 };

describe('what a webhook may be', () => {
  test.each(['http://receiver:8080/x', 'https://receiver.example', 'http://127.0.0.1:1/?a=b', 'http://[::1]:8080/', 'https://receiver.example?x=1'])('%s is told', (url) => expect(refuseWebhook({ ...input, url })).toBeUndefined());

  test.each(['ftp://receiver', 'receiver', 'http://', 'http://user:word@receiver/', 'http://receiver/#part', 'http://rec eiver/', 'http://receiver\\@other/', 'file:///etc/passwd', `http://receiver/${'x'.repeat(1_000)}`])('%s is not', (url) => {
    expect(refuseWebhook({ ...input, url })).toMatchObject({ status: 400, field: 'url' });
  });

  test.each(['plain', 'file:relative', 'env:', 'env:1X', ''])('a secret is named, never said: %s', (secret) => expect(refuseWebhook({ ...input, secret })).toMatchObject({ status: 400, code: 'not_a_reference' }));
});

test('deliveries are kept, the newest first and not for ever; attempts of earlier tries count', () => {
  const state = newWebhook(input, at);
  state.queue = Array.from({ length: 60 }, (_, n) => change(n));
  state.tried = 3;
  noteDelivery(state, at, 'delivered', { status: 204, attempts: 2 });
  expect(state.deliveries).toEqual([{ event: eventIdOf(change(0)), lifecycle: 'product/p/1', revision: 0, at, outcome: 'delivered', status: 204, attempts: 5 }]);
  for (let n = 1; n < 59; n++) noteDelivery(state, at, 'skipped', { status: null, attempts: 0 });
  expect([state.deliveries.length, state.deliveries[0]!.revision, state.delivered, state.tried]).toEqual([50, 58, 1, 0]);
  expect(viewWebhook(state)).toMatchObject({ waiting: 1, next: { revision: 59, event: eventIdOf(change(59)) } });
  expect(viewWebhook(state)).not.toHaveProperty('queue');
});

test('it sees what its owner sees, or everything', () => {
  expect([readerOf({ ...input }), readerOf({ ...input, onlyOwn: false })]).toMatchObject([{ role: 'read', owner: 'alice' }, { role: 'admin' }]);
});

test('the signature is HMAC-SHA256 over id, time and body, under the key as it is or as whsec_ has it', () => {
  const of = (key: Buffer | string) => `v1,${createHmac('sha256', key).update('id.1700000000.{}').digest('base64')}`;
  expect(signatureOf('word', 'id', '1700000000', '{}')).toBe(of('word'));
  expect(signatureOf(`whsec_${Buffer.from('key').toString('base64')}`, 'id', '1700000000', '{}')).toBe(of('key'));
});

describe('a post', () => {
  const signal = new AbortController().signal;
  const to = (url: string) => post({ webhook: 'w', url, headers: {}, body: '{}' }, signal);

  test('follows no redirect, and waits for no more than the head of an answer', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url!);
      // Its body never ends.
      response.writeHead(request.url === '/there' ? 302 : 200, { location: '/elsewhere' }).write('x');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await to(`${base}/there`)).toEqual({ status: 302 });
    expect(await to(`${base}/here`)).toEqual({ status: 200 });
    expect(asked).toEqual(['/there', '/here']);
    server.closeAllConnections();
    server.close();
  });

  test.each(['http://169.254.169.254/latest', 'http://0.0.0.0/', 'http://[fe80::1]/', 'http://[::]/', 'http://[::ffff:169.254.169.254]/', 'http://2852039166/'])('goes nowhere to %s', async (url) => {
    await expect(to(url)).rejects.toMatchObject({ problem: { code: 'forbidden_address' } });
  });

  test('says why there is no answer', async () => {
    await expect(to('http://127.0.0.1:1/')).rejects.toMatchObject({ passing: true, problem: { code: 'no_answer', message: expect.stringContaining('ECONNREFUSED') } });
  });
});
