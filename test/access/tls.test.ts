import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { request as plain, type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createToken } from '../../cli/tokens_file';
import { projectRoot } from '../../config';
import { spawnApi } from '../api/support/api_process';
import { eventually } from '../api/support/api_under_test';
import { freePort } from '../support/grid';
import { testNeeding } from '../support/parts';

const run = promisify(execFile);

testNeeding(['openssl'])('with a certificate the API speaks HTTPS, and `grid` with it', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'grid-test-'));
  const [cert, key, tokens, port] = [join(dir, 'cert.pem'), join(dir, 'key.pem'), join(dir, 'tokens.json'), await freePort()];
  await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=grid', '-addext', 'subjectAltName=IP:127.0.0.1']);
  const { token } = createToken(tokens, { name: 'root', role: 'admin', owner: 'root' });
  const env = { GRID_HOME: dir, LISTEN: `0.0.0.0:${port}`, GRID_TOKENS: tokens, GRID_TLS_CERT: cert, GRID_TLS_KEY: key };
  const api = await spawnApi({ ...env, TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS!, TEMPORAL_NAMESPACE: process.env.TEMPORAL_NAMESPACE! });
  try {
    const look = async (headers = {}): Promise<IncomingMessage | string> => {
      const out = request({ port, host: '127.0.0.1', path: '/docs', ca: readFileSync(cert), headers, agent: false });
      out.end();
      return once(out, 'response').then(([answer]: IncomingMessage[]) => answer!.resume(), (error: Error) => error.message);
    };
    await eventually(look, (answer) => typeof answer !== 'string', 60_000);
    expect(await look()).toMatchObject({ statusCode: 401, headers: { 'strict-transport-security': expect.stringContaining('max-age') } });
    expect(await look({ 'x-auth-token': token })).toMatchObject({ statusCode: 200 });
    const out = plain({ port, host: '127.0.0.1', path: '/healthz', agent: false });
    out.end();
    await expect(once(out, 'response')).rejects.toThrow();
    const cli = (more: object) => run(process.execPath, [join(projectRoot(), 'dist/grid.js'), 'members', '--json'], { env: { ...process.env, GRID_API: `https://127.0.0.1:${port}`, GRID_TOKEN: token, ...more } });
    expect(JSON.parse((await cli({ NODE_EXTRA_CA_CERTS: cert })).stdout)).toEqual({ members: expect.any(Array) });
    await expect(cli({})).rejects.toMatchObject({ code: 1 });
  } finally {
    api.child.kill('SIGTERM');
    await api.ended;
  }
}, 120_000);
