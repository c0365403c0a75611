import { defaultPayloadConverter } from '@temporalio/common';
import { encryptingCodec } from '../../process/codec/encrypting_codec';
import type { CodecKey } from '../../process/codec/keys';
import { raw, startApi, UI, type ApiUnderTest } from './support/api_under_test';

const KEY: CodecKey = { id: 'abcdef012345', bytes: Buffer.alloc(32, 7) };
const OTHER: CodecKey = { id: '543210fedcba', bytes: Buffer.alloc(32, 8) };
const asJson = ({ metadata, data }: any) => ({ metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value as Uint8Array).toString('base64')])), data: Buffer.from(data).toString('base64') });
const PLAIN = asJson(defaultPayloadConverter.toPayload({ planted: 'in here' }));

let on: ApiUnderTest;
let off: ApiUnderTest;
beforeAll(async () => {
  [on, off] = [await startApi({ codecKeys: [KEY] }), await startApi()];
});
afterAll(() => Promise.all([on.end(), off.end()]));

const post = async (path: string, body: unknown, headers: Record<string, string> = {}, api = on) => {
  const answer = await raw(api.api, 'POST', path, { 'content-type': 'application/json', ...headers }, typeof body === 'string' ? body : JSON.stringify(body));
  return { ...answer, body: JSON.parse(answer.text) };
};

test('what is encrypted comes back as it was, each in its place, and what never was is left as it is', async () => {
  const encoded = await post('/codec/encode', { payloads: [PLAIN] });
  expect([encoded.status, encoded.text.includes(PLAIN.data)]).toEqual([200, false]);
  expect(Buffer.from(encoded.body.payloads[0].metadata.encoding, 'base64').toString()).toBe('binary/encrypted');
  const decoded = await post('/codec/decode', { payloads: [...encoded.body.payloads, PLAIN] });
  expect([decoded.status, decoded.body]).toEqual([200, { payloads: [PLAIN, PLAIN] }]);
});

test('a page of Temporal\'s UI may ask for it, and no other', async () => {
  const asks = (origin: string) => raw(on.api, 'OPTIONS', '/codec/decode', { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,x-namespace' });
  const allowed = await asks(UI);
  expect([allowed.status, allowed.headers['access-control-allow-origin'], allowed.headers['access-control-allow-methods']]).toEqual([204, UI, 'POST']);
  expect(allowed.headers['access-control-allow-headers']).toContain('x-namespace');
  expect((await post('/codec/decode', { payloads: [PLAIN] }, { origin: UI, 'x-namespace': 'n' })).headers['access-control-allow-origin']).toBe(UI);
  for (const origin of ['http://evil.example', `${UI}.evil.example`, 'null']) {
    expect((await asks(origin)).headers['access-control-allow-origin']).toBeUndefined();
    expect((await post('/codec/decode', { payloads: [PLAIN] }, { origin })).body).toMatchObject({ status: 403, code: 'foreign_origin' });
  }
  expect((await raw(on.api, 'OPTIONS', '/api/v1/members', { origin: UI })).headers['access-control-allow-origin']).toBeUndefined();
});

test('what is no such request gets a clear answer', async () => {
  const [foreign] = await encryptingCodec([OTHER]).encode([defaultPayloadConverter.toPayload('x')]);
  const mine = (await post('/codec/encode', { payloads: [PLAIN] })).body.payloads[0];
  const cut = { ...mine, data: Buffer.from(mine.data, 'base64').subarray(0, 30).toString('base64') };
  for (const [body, status, code] of [
    ['{', 400, 'invalid_json'], [{}, 400, 'invalid_body'], [{ payloads: [{ data: 'not base64!' }] }, 400, 'invalid_body'], [{ payloads: [{ metadata: 3 }] }, 400, 'invalid_body'],
    [{ payloads: [cut] }, 400, 'payload_damaged'], [{ payloads: [asJson(foreign)] }, 503, 'codec_key_unknown'],
  ] as const) expect([body, (await post('/codec/decode', body)).body]).toEqual([body, expect.objectContaining({ status, code, fix: expect.any(String) })]);
  expect((await post('/codec/decode', { payloads: [PLAIN] }, {}, off)).body).toMatchObject({ status: 404, code: 'codec_off' });
});
