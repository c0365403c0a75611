import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SshHost } from '../../activities/machines/ssh/connector';
import { hostKeyProblem, knownTypes } from '../../activities/machines/ssh/host_key';

const dir = mkdtempSync(join(tmpdir(), 'grid-test-'));
afterAll(() => rmSync(dir, { recursive: true }));

const KEY = Buffer.from('the key of a host');
const OTHER = Buffer.from('another one');
const FINGERPRINT = `SHA256:${createHash('sha256').update(KEY).digest('base64').replace(/=$/, '')}`;
const line = (names: string, key = KEY) => `${names} ssh-ed25519 ${key.toString('base64')} a comment`;
const host = (more: Partial<SshHost> = {}): SshHost => ({ compute: 'rack1', grid: 'g', user: 'ops', host: 'rack1.example', port: 22, home: '.service-grid', there: 'process:', ...more });

function known(...lines: string[]): string[] {
  const file = join(dir, 'known_hosts');
  writeFileSync(file, `# hosts\n\n${lines.join('\n')}\n`);
  return [file, join(dir, 'missing')];
}

test.each([
  ['its name', line('rack1.example')], ['one of several', line('other,rack1.example')], ['a pattern', line('rack?.*')], ['any letter case', line('Rack1.Example')],
])('a host is known by %s', (_how, text) => {
  expect(hostKeyProblem(host(), KEY, known(text))).toBeUndefined();
  expect(hostKeyProblem(host(), OTHER, known(text))).toMatchObject({ status: 409, code: 'wrong_host_key' });
});

test.each([
  ['another name', line('rack2.example')], ['a pattern that leaves it out', line('!rack1.example,*.example')], ['another port', line('[rack1.example]:2222')],
  ['an authority, which says nothing of one host', `@cert-authority ${line('*')}`], ['a line that is none', 'rack1.example'],
])('and not by %s', (_how, text) => {
  expect(hostKeyProblem(host(), KEY, known(text))).toMatchObject({ code: 'unknown_host_key', fix: expect.stringContaining(`hostkey=${FINGERPRINT}`) });
});

test('another port has its own entry', () => {
  expect(hostKeyProblem(host({ port: 2222 }), KEY, known(line('[rack1.example]:2222')))).toBeUndefined();
  expect(hostKeyProblem(host({ port: 2222 }), KEY, known(line('rack1.example')))).toMatchObject({ code: 'unknown_host_key' });
});

test('names that ssh-keygen has hashed are found', () => {
  const [file] = known(line('rack1.example'), line('[rack1.example]:2222', OTHER));
  execFileSync('ssh-keygen', ['-q', '-H', '-f', file!], { stdio: 'ignore' });
  expect(readFileSync(file!, 'utf8')).not.toContain('rack1');
  expect(hostKeyProblem(host(), KEY, [file!])).toBeUndefined();
  expect(hostKeyProblem(host({ port: 2222 }), OTHER, [file!])).toBeUndefined();
  expect(hostKeyProblem(host({ port: 2222 }), KEY, [file!])).toMatchObject({ code: 'wrong_host_key' });
});

test('a revoked key is refused, whatever else says', () => {
  expect(hostKeyProblem(host(), KEY, known(line('rack1.example'), `@revoked ${line('*')}`))).toMatchObject({ code: 'wrong_host_key', message: expect.stringContaining('revoked') });
});

test('a fingerprint in the connector counts alone', () => {
  expect(hostKeyProblem(host({ hostkey: FINGERPRINT }), KEY, known(line('rack1.example', OTHER)))).toBeUndefined();
  expect(hostKeyProblem(host({ hostkey: FINGERPRINT }), OTHER, known(line('rack1.example', OTHER)))).toMatchObject({ code: 'wrong_host_key' });
});

test('the types of key that are known are asked for first', () => {
  const files = known('rack1.example ssh-rsa AAAA', line('rack1.example'), '@revoked rack1.example ecdsa-sha2-nistp256 AAAA');
  expect([knownTypes(host(), files), knownTypes(host({ hostkey: FINGERPRINT }), files)]).toEqual([['ssh-rsa', 'ssh-ed25519'], []]);
});
