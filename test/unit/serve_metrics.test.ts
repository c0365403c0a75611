import { mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createToken } from '../../cli/tokens_file';
import { serveMetrics } from '../../workers/serve_metrics';
import { freePort } from '../support/free_port';

const tokens = join(mkdtempSync(join(tmpdir(), 'grid-test-')), 'tokens.json');
let temporal: Server;
let url: string;
let end: () => Promise<void>;

beforeAll(async () => {
  temporal = createServer((_request, response) => void response.end('temporal_request_total 3\n')).listen(0, '127.0.0.1');
  await once(temporal, 'listening');
  const port = await freePort();
  url = `http://127.0.0.1:${port}/metrics`;
  end = await serveMetrics('control', { metrics: { host: '127.0.0.1', port }, tokens }, `http://127.0.0.1:${(temporal.address() as AddressInfo).port}/`);
});
afterAll(async () => {
  await end();
  temporal.close();
});

const { token } = createToken(tokens, { name: 'prometheus', role: 'read', owner: 'ops' });

test('where tokens are in use nothing is told without one, and everything with one that may look', async () => {
  for (const headers of [{}, { authorization: 'Bearer grid_nobody-has-this-one' }] as Record<string, string>[]) {
    const refused = await fetch(url, { headers });
    expect([refused.status, refused.headers.get('www-authenticate'), await refused.json()]).toEqual([401, 'Bearer realm="grid"', expect.objectContaining({ code: 'unauthorized', fix: expect.any(String) })]);
  }
  for (const headers of [{ authorization: `Bearer ${token}` }, { 'x-auth-token': token }] as Record<string, string>[]) {
    const told = await fetch(url, { headers });
    expect([told.status, told.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(await told.text()).toMatch(/grid_build_info\{process="control",version="[^"]+"\} 1[^]*\ntemporal_request_total 3/);
  }
});

test('a worker whose part of Temporal says nothing says that', async () => {
  temporal.closeAllConnections();
  await new Promise((done) => temporal.close(done));
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  expect([answer.status, await answer.json()]).toEqual([504, expect.objectContaining({ code: 'timed_out' })]);
});
