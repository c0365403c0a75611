import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAgentGround, type AgentGround } from './support/agent_ground';

let ground: AgentGround;
let server: Server;
let base: string;
let repository: string;
const asked: string[] = [];
const content = 'a binary, say\n';
const md5 = createHash('md5').update(content).digest('hex');

beforeAll(async () => {
  ground = await openAgentGround();
  server = createServer((request, response) => {
    asked.push(request.url!);
    if (request.url === '/files/tool') return response.end(content);
    if (request.url === '/files/tool.md5sum') return response.end(`${md5}  tool\n`);
    if (request.url === '/files/other') return response.end('not what its sum says');
    if (request.url === '/files/other.md5sum') return response.end(`${md5}  other\n`);
    response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await new Promise((ready) => server.once('listening', ready));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/files`;
  repository = mkdtempSync(join(tmpdir(), 'grid-exported-'));
  for (const [name, text] of [['web/index.html', 'first'], ['web/more/deep.txt', 'deep'], ['tool.sh', '#!/bin/sh\n']] as const) {
    mkdirSync(join(repository, name, '..'), { recursive: true });
    writeFileSync(join(repository, name), text);
  }
  symlinkSync('/etc', join(repository, 'outside'));
  const git = (...argv: string[]) => execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@t', ...argv], { stdio: 'pipe' });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'first');
  git('tag', 'v1');
  writeFileSync(join(repository, 'web/index.html'), 'second');
  git('commit', '-qam', 'second');
});
afterAll(async () => {
  await ground.removeAll();
  await ground.close();
  server.close();
  rmSync(repository, { recursive: true, force: true });
});

const dict = (key: string, fields: Record<string, string>) => `${key} =\n${Object.entries(fields).map(([name, value]) => `    ${name}:'${value}',`).join('\n')}\n\n`;
const install = async (name: string, hrd: string) => {
  const spec = await ground.spec(name, { 'service.hrd': hrd });
  return { spec, dir: join(ground.root, 'services', `grid__${spec.service}__0`), installed: ground.install(spec) };
};

test('a download lies where it should; one whose sum is right is not loaded again (A-18)', async () => {
  const hrd = dict('web.export.1', { url: base, source: 'tool', dest: 'bin/tool', checkmd5: 'true' }) + dict('web.export.2', { url: `${base}/tool`, dest: '$(system.paths.base)/shared/' });
  const { dir, installed } = await install('web', hrd);
  await installed;
  expect(readFileSync(join(dir, 'bin/tool'), 'utf8')).toBe(content);
  expect(readFileSync(join(ground.root, 'shared/tool'), 'utf8')).toBe(content);
  expect(asked.filter((url) => url === '/files/tool')).toHaveLength(2);
  const again = await install('web2', dict('web.export.1', { url: base, source: 'tool', dest: '$(system.paths.base)/shared/tool', checkmd5: 'true' }));
  await again.installed;
  expect(asked.filter((url) => url === '/files/tool')).toHaveLength(2);
});

test('parts of a repository are copied or linked, of a branch or a tag, one by one or each (A-19)', async () => {
  const url = `file://${repository}`;
  const hrd = dict('git.export.1', { url, source: 'web', dest: 'page' }) + dict('git.export.2', { url, tag: 'v1', source: 'web/index.html', dest: 'old.html' })
    + dict('git.export.3', { url, source: 'web/*', dest: 'flat', nodirs: 'true' }) + dict('git.export.4', { url, source: 'tool.sh', dest: 'linked.sh', link: 'true' })
    + dict('git.export.5', { url, source: 'tool.sh', dest: 'other.sh', platform: 'windows' });
  const { dir, installed } = await install('git', hrd);
  await installed;
  expect(['page/index.html', 'page/more/deep.txt', 'old.html', 'flat/index.html'].map((file) => readFileSync(join(dir, file), 'utf8'))).toEqual(['second', 'deep', 'first', 'second']);
  expect(existsSync(join(dir, 'flat/more'))).toBe(false);
  expect(existsSync(join(dir, 'other.sh'))).toBe(false);
  expect(lstatSync(join(dir, 'linked.sh')).isSymbolicLink()).toBe(true);
});

test.each([
  ['a sum that is another', () => dict('web.export.1', { url: base, source: 'other', dest: 'x', checkmd5: 'true' }), { status: 502, code: 'download_failed' }],
  ['nothing there', () => dict('web.export.1', { url: `${base}/nothing`, dest: 'x' }), { code: 'download_failed', message: expect.stringContaining('404') }],
  ['a way out', () => dict('web.export.1', { url: `${base}/tool`, dest: '../../../../escaped' }), { status: 400, code: 'export_outside' }],
  ['a way out over a link', () => dict('git.export.1', { url: `file://${repository}`, source: '*', dest: 'all' }) + dict('git.export.2', { url: `file://${repository}`, source: 'tool.sh', dest: 'all/outside/tool.sh' }), { code: 'export_outside' }],
  ['no branch of it', () => dict('git.export.1', { url: `file://${repository}`, branch: 'none', dest: 'x' }), { status: 409, code: 'git_failed' }],
  ['nothing of that name in it', () => dict('git.export.1', { url: `file://${repository}`, source: 'nothing', dest: 'x' }), { status: 404, code: 'export_missing' }],
  ['a command for an address', () => dict('git.export.1', { url: 'ext::sh -c reboot', dest: 'x' }), { status: 400, code: 'unsupported_recipe' }],
  ['an option for a branch', () => dict('git.export.1', { url: `file://${repository}`, branch: '--upload-pack=reboot', dest: 'x' }), { status: 400, code: 'unsupported_recipe' }],
])('refused, and the place of it left as it was: %s', async (_, hrd, problem) => {
  const { dir, installed } = await install('refused', hrd());
  await expect(installed).rejects.toMatchObject(problem);
  expect(existsSync(join(dir, 'x'))).toBe(false);
  expect(existsSync(join(ground.root, '..', '..', 'escaped'))).toBe(false);
});
