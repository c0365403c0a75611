import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { ask, read } from '../support/http';
import { makeNamespace, raw, startApi, type ApiUnderTest } from './support/api_under_test';
import { startControlWorker, type ControlWorker } from './support/control_worker';

const PRODUCTS = '/bigdata/api/v1/products';
const OPTIONS = { required: { size: 2 }, optional: { cpu: 1 }, advanced: {}, descriptions: { size: 'how many' } };

let grid: ApiUnderTest;
let worker: ControlWorker;

beforeAll(async () => {
  grid = await startApi();
  await makeNamespace(grid);
  worker = await startControlWorker(grid);
});
afterAll(async () => {
  await worker.end();
  await grid.end();
});

const put = (path: string, body: string, type = 'application/json', headers: Record<string, string> = {}) =>
  ask(grid, 'PUT', `${PRODUCTS}/${path}`, body, { 'content-type': type, ...headers });

/** A product of this test alone. */
async function made(body: object = {}): Promise<string> {
  const name = `p${randomUUID().slice(0, 8)}`;
  const answer = await ask(grid, 'POST', PRODUCTS, { name, version: '1.0.0', description: 'made by a test', ...body });
  expect(answer.status).toBe(201);
  return `${name}/1.0.0`;
}

describe('POST /products', () => {
  test('P-1: makes a product: 201, no body, Location is its absolute URL under the Host that was asked', async () => {
    const body = JSON.stringify({ name: 'made', version: '1.0', description: 'd' });
    const answer = await raw(grid.api, 'POST', PRODUCTS, { host: 'grid.example:8080', 'content-type': 'application/json' }, body);
    expect(answer).toMatchObject({ status: 201, text: '', headers: { location: `http://grid.example:8080${PRODUCTS}/made/1.0`, etag: '"1"' } });
  });

  test('DESIGN §11: of a product that is there the metadata is replaced (200); template, options and script stay', async () => {
    const product = await made();
    const [name, version] = product.split('/');
    await put(`${product}/template`, '{"nodes": {}}');
    await put(`${product}/options`, JSON.stringify(OPTIONS));
    await put(`${product}/orquestrator`, '#!/bin/sh');
    const again = await ask(grid, 'POST', PRODUCTS, { name, version, description: 'other', logo_url: 'https://example.org/l.png' });
    expect([again.status, again.body]).toEqual([200, '']);
    expect((await ask(grid, 'GET', `${PRODUCTS}/${product}`)).body).toMatchObject({ description: 'other', logo_url: 'https://example.org/l.png' });
    expect((await ask(grid, 'GET', `${PRODUCTS}/${product}/template`)).body).toBe('{"nodes": {}}');
    expect((await ask(grid, 'GET', `${PRODUCTS}/${product}/options`)).body).toEqual(OPTIONS);
    expect((await ask(grid, 'GET', `${PRODUCTS}/${product}/orchestrator`)).body).toBe('#!/bin/sh');
  });

  test("the seed's own sample, with its trailing comma, is taken", async () => {
    const answer = await ask(grid, 'POST', PRODUCTS, '{\n  "name": "cdh",\n  "version": "5.7.0",\n  "description": "Hadoop cluster",\n}');
    expect(answer.status).toBe(201);
  });

  test.each([
    ['no description', { name: 'a', version: '1' }, 'description'],
    ['a name that is none', { name: '../x', version: '1', description: '' }, 'name'],
    ['a version that is a number', { name: 'a', version: 1, description: '' }, 'version'],
    ['a logo that a browser would run', { name: 'a', version: '1', description: '', logo_url: 'javascript:alert(1)' }, 'logo_url'],
    ['a list', [], 'body'],
  ])('%s: 400 in the form of the seed, with the field, and no product is there', async (_what, body, field) => {
    const answer = await ask(grid, 'POST', PRODUCTS, body);
    expect(answer).toMatchObject({ status: 400, body: { status: 400, error: 'bad request', code: 'invalid_body', message: expect.any(String), fix: expect.any(String), field } });
    expect((await ask(grid, 'GET', `${PRODUCTS}/a/1`)).status).toBe(404);
  });

  test('another content type: 400, saying which', async () => {
    const answer = await ask(grid, 'POST', PRODUCTS, '{"name":"a","version":"1","description":""}', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'wrong_content_type', fix: expect.stringContaining('Content-Type: application/json') } });
  });

  test('sent twice under one Idempotency-Key it is written once', async () => {
    const name = `p${randomUUID().slice(0, 8)}`;
    const send = (description: string) => ask(grid, 'POST', PRODUCTS, { name, version: '1', description }, { 'idempotency-key': 'once' });
    const [first, second] = [await send('first'), await send('second')];
    expect([first.status, second.status, second.headers.get('etag')]).toEqual([201, 201, '"1"']);
    expect((await ask(grid, 'GET', `${PRODUCTS}/${name}/1`)).body.description).toBe('first');
  });
});

describe('GET', () => {
  test('P-2, P-3: names of products, each once, and versions of one; an unknown product has none', async () => {
    const product = (await made()).split('/')[0]!;
    await ask(grid, 'POST', PRODUCTS, { name: product, version: '1.10', description: '' });
    await ask(grid, 'POST', PRODUCTS, { name: product, version: '1.9', description: '' });
    expect((await ask(grid, 'GET', PRODUCTS)).body.products.filter((name: string) => name === product)).toEqual([product]);
    expect((await ask(grid, 'GET', `${PRODUCTS}/${product}`)).body).toEqual({ versions: ['1.0.0', '1.9', '1.10'] });
    expect(await ask(grid, 'GET', `${PRODUCTS}/nobody`)).toMatchObject({ status: 200, body: { versions: [] } });
  });

  test('P-3: `_` in a name is no wildcard', async () => {
    await ask(grid, 'POST', PRODUCTS, { name: 'under_score', version: '1', description: '' });
    await ask(grid, 'POST', PRODUCTS, { name: 'underXscore', version: '2', description: '' });
    expect((await ask(grid, 'GET', `${PRODUCTS}/under_score`)).body).toEqual({ versions: ['1'] });
  });

  test('P-4: a product is dn, name, version, description and logo_url', async () => {
    const product = await made();
    const [name, version] = product.split('/');
    expect((await ask(grid, 'GET', `${PRODUCTS}/${product}`)).body).toEqual({ dn: `products/${product}`, name, version, description: 'made by a test', logo_url: '' });
  });

  test.each(['', '/template', '/options', '/orquestrator', '/logo_url'])('P-4, P-19: of an unknown product, %s: 404 Key not found, naming the key', async (part) => {
    const answer = await ask(grid, 'GET', `${PRODUCTS}/nobody/9${part}`);
    expect(answer).toMatchObject({ status: 404, body: { status: 404, error: 'Key not found', message: expect.stringContaining('products/nobody/9'), code: 'product_not_found', fix: expect.any(String) } });
  });

  test('P-8: options never set are the empty form', async () => {
    expect((await ask(grid, 'GET', `${PRODUCTS}/${await made()}/options`)).body).toEqual({ required: {}, optional: {}, advanced: {}, descriptions: {} });
  });

  test('a refused first write leaves no product to be seen', async () => {
    const refused = await ask(grid, 'POST', PRODUCTS, { name: 'ghost', version: '1', description: '' }, { 'if-match': '"4"' });
    expect(refused.status).toBe(404);
    await put('ghost/1/template', '{}');
    expect((await ask(grid, 'GET', PRODUCTS)).body.products).not.toContain('ghost');
    expect((await ask(grid, 'GET', `${PRODUCTS}/ghost/1`)).status).toBe(404);
  });
});

describe('PUT of a part', () => {
  test('P-5, P-6: a template is taken as JSON or YAML by its content type, and comes back as one JSON string', async () => {
    const product = await made();
    const yaml = 'nodes:\n{% for i in range(0, opts["size"]) %}  n{{ i }}: {cpu: 1}\n{% endfor %}';
    expect(await put(`${product}/template`, yaml, 'application/yaml; charset=utf-8')).toMatchObject({ status: 204, body: '' });
    expect((await ask(grid, 'GET', `${PRODUCTS}/${product}/template`)).body).toBe(yaml);
    const { document } = await read(grid, `/api/v1/lifecycles/product/${product}`);
    expect(document.templateType).toBe('yaml+jinja2');
  });

  test('P-5: a template under another content type: 415', async () => {
    expect(await put(`${await made()}/template`, '{}', 'text/plain')).toMatchObject({ status: 415, body: { code: 'wrong_content_type', error: 'unsupported media type' } });
  });

  test('a template that does not parse: 400 with the line, and the one before stays', async () => {
    const product = await made();
    await put(`${product}/template`, '{"nodes": {}}');
    const answer = await put(`${product}/template`, '{\n{% for i in %}\n}');
    expect(answer).toMatchObject({ status: 400, body: { status: 400, line: 2, code: expect.any(String), fix: expect.any(String) } });
    expect((await ask(grid, 'GET', `${PRODUCTS}/${product}/template`)).body).toBe('{"nodes": {}}');
  });

  test('P-7: options are taken with the missing comma of the sample, whatever the content type', async () => {
    const product = await made();
    expect((await put(`${product}/options`, '{"required": {"slaves.number": 4,},\n"optional": {"slaves.cpu": 2}\n"advanced": {}}', 'text/plain')).status).toBe(204);
    expect((await ask(grid, 'GET', `${PRODUCTS}/${product}/options`)).body).toEqual({ required: { 'slaves.number': 4 }, optional: { 'slaves.cpu': 2 }, advanced: {}, descriptions: {} });
  });

  test('DESIGN §11: options that are not JSON: 400 with the position', async () => {
    const answer = await put(`${await made()}/options`, '{"required": {\n  "size": two}}');
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_json', line: 2, message: expect.stringContaining('line 2, column') } });
  });

  test('options of another form: 400 with the field, before anything is stored', async () => {
    const product = await made();
    expect(await put(`${product}/options`, '{"required": [1]}')).toMatchObject({ status: 400, body: { error: 'invalid options', field: 'options.required' } });
    expect(await put(`${product}/options`, '{"optional": {"__proto__": {"a": 1}}}')).toMatchObject({ status: 400, body: { error: 'invalid options' } });
    expect((await ask(grid, 'GET', `${PRODUCTS}/${product}`)).headers.get('etag')).toBe('"1"');
  });

  test.each([['orquestrator', 'orchestrator'], ['orchestrator', 'orquestrator']])('P-9: a script put as %s, under any content type, is read as %s', async (one, other) => {
    const product = await made();
    const script = 'def start():\n    print("ä \\ \\"")\n';
    expect((await put(`${product}/${one}`, script, 'application/x-www-form-urlencoded')).status).toBe(204);
    expect((await ask(grid, 'GET', `${PRODUCTS}/${product}/${other}`)).body).toBe(script);
  });

  test('P-10: the logo', async () => {
    const product = await made();
    expect((await put(`${product}/logo_url`, '{"logo_url": "/logos/x.png"}')).status).toBe(204);
    expect((await ask(grid, 'GET', `${PRODUCTS}/${product}/logo_url`)).body).toEqual({ logo_url: '/logos/x.png' });
    expect((await put(`${product}/logo_url`, '{"logo_url": "data:text/html,x"}')).status).toBe(400);
  });

  test.each(['template', 'options', 'orquestrator', 'orchestrator'])('%s of an unknown product: 404', async (part) => {
    expect(await put(`nobody/9/${part}`, '{}')).toMatchObject({ status: 404, body: { error: 'Key not found' } });
  });
});

describe('ETag', () => {
  test('each GET has the strong ETag of the revision, and answers 304 to whoever has it', async () => {
    const product = await made();
    for (const part of ['', '/template', '/options', '/orquestrator', '/logo_url']) {
      const etag = (await ask(grid, 'GET', `${PRODUCTS}/${product}${part}`)).headers.get('etag')!;
      expect(etag).toMatch(/^"\d+"$/);
      for (const had of [etag, `W/${etag}`, `"0", ${etag}`, '*']) {
        const again = await ask(grid, 'GET', `${PRODUCTS}/${product}${part}`, undefined, { 'if-none-match': had });
        expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, '', etag]);
      }
      expect((await ask(grid, 'GET', `${PRODUCTS}/${product}${part}`, undefined, { 'if-none-match': '"0"' })).status).toBe(200);
    }
  });

  test('If-Match writes over the revision that was seen only: else 412 with the current ETag, and nothing is written', async () => {
    const product = await made();
    const seen = (await ask(grid, 'GET', `${PRODUCTS}/${product}`)).headers.get('etag')!;
    const first = await put(`${product}/orquestrator`, 'one', 'text/plain', { 'if-match': seen });
    expect([first.status, first.headers.get('etag')]).toEqual([204, '"2"']);
    const late = await put(`${product}/orquestrator`, 'two', 'text/plain', { 'if-match': seen });
    expect([late.status, late.headers.get('etag'), late.body.code, late.body.error]).toEqual([412, '"2"', 'changed_meanwhile', 'precondition failed']);
    expect((await ask(grid, 'GET', `${PRODUCTS}/${product}/orquestrator`)).body).toBe('one');
    expect((await put(`${product}/orquestrator`, 'three', 'text/plain', { 'if-match': '*' })).status).toBe(204);
  });

  test('POST with If-Match of an older revision: 412', async () => {
    const product = await made();
    const [name, version] = product.split('/');
    await put(`${product}/orquestrator`, 'x', 'text/plain');
    const late = await ask(grid, 'POST', PRODUCTS, { name, version, description: 'late' }, { 'if-match': '"1"' });
    expect([late.status, late.headers.get('etag')]).toEqual([412, '"2"']);
  });

  test.each([['"nonsense"', 412], ['W/"1"', 412], ['1', 412], ['"1", "2"', 400]])('If-Match: %s is answered %d', async (tag, status) => {
    expect((await put(`${await made()}/orquestrator`, 'x', 'text/plain', { 'if-match': tag })).status).toBe(status);
  });

  test('one Idempotency-Key on two parts writes both', async () => {
    const product = await made();
    const key = { 'idempotency-key': 'same' };
    await put(`${product}/orquestrator`, 'script', 'text/plain', key);
    await put(`${product}/options`, '{"required": {"a": 1}}', 'application/json', key);
    expect((await ask(grid, 'GET', `${PRODUCTS}/${product}/orquestrator`)).body).toBe('script');
    expect((await ask(grid, 'GET', `${PRODUCTS}/${product}/options`)).body.required).toEqual({ a: 1 });
  });
});

describe('bodies that are too large', () => {
  test('a template above 256 KiB: 413', async () => {
    const product = await made();
    expect((await put(`${product}/template`, `{"x": "${'a'.repeat(256 * 1024)}"}`)).status).toBe(413);
    expect((await put(`${product}/template`, `{"x": "${'a'.repeat(255 * 1024)}"}`)).status).toBe(204);
  });

  test('a script above 1 MiB: 413; of 1 MiB: taken', async () => {
    const product = await made();
    expect(await put(`${product}/orquestrator`, 'a'.repeat(1024 * 1024 + 1), 'text/plain')).toMatchObject({ status: 413, body: { error: 'payload too large', code: 'body_too_large' } });
    expect((await put(`${product}/orquestrator`, 'a'.repeat(1024 * 1024), 'text/plain')).status).toBe(204);
    expect((await ask(grid, 'GET', `${PRODUCTS}/${product}/orquestrator`)).body).toHaveLength(1024 * 1024);
  });

  test('a body that grows beyond what Temporal takes when it is kept (control characters, exponents): 413, not an error of Temporal', async () => {
    const product = await made();
    expect((await put(`${product}/orquestrator`, '\u0001'.repeat(900 * 1024), 'text/plain')).status).toBe(413);
    expect((await put(`${product}/options`, `{"required": {"a": [${'1e20,'.repeat(50_000)}1]}}`)).status).toBe(413);
  });

  test('sent in pieces without a length: 413 all the same', async () => {
    const answer = await raw(grid.api, 'PUT', `${PRODUCTS}/a/1/orquestrator`, { 'transfer-encoding': 'chunked' }, Buffer.alloc(3 * 1024 * 1024, 'a'));
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([413, 'body_too_large']);
  });

  test('a body without end is not read to its end, nor kept', async () => {
    const { host } = new URL(grid.api);
    const request = http.request({ host: host.split(':')[0], port: host.split(':')[1], method: 'PUT', path: `${PRODUCTS}/a/1/orquestrator`, headers: { 'transfer-encoding': 'chunked' } });
    const over = new Promise((resolve) => request.once('response', resolve).once('error', resolve));
    const chunk = Buffer.alloc(1024 * 1024, 'a');
    let sent = 0;
    const more = () => {
      while (sent < 512 && !request.destroyed && request.write(chunk)) sent += 1;
      sent += 1;
    };
    request.on('drain', more);
    more();
    await over;
    request.destroy();
    expect(sent).toBeLessThan(100);
  });

  test('a body that is not UTF-8: 400', async () => {
    const answer = await raw(grid.api, 'PUT', `${PRODUCTS}/${await made()}/orquestrator`, {}, Buffer.from([0xff, 0xfe, 0x00]));
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, 'not_utf8']);
  });
});
