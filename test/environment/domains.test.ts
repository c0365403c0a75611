import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { fetchDomain } from '../../activities/environment/fetch_domain';
import { openRepository } from '../../activities/environment/repository';
import { readTemplates } from '../../activities/environment/read_templates';
import type { Surroundings } from '../../activities/surroundings';
import { findTemplate } from '../../model/environment/find_template';
import { refused } from '../support/refused';

let dir: string;
let around: Surroundings;
let upstream: string;
const never = new AbortController().signal;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'grid-test-'));
  mkdirSync(join(dir, 'catalog'));
  around = { gridHome: join(dir, 'home'), catalog: join(dir, 'catalog'), grid: 'test' } as Surroundings;
  upstream = join(dir, 'upstream');
  await openRepository(around, never);
  write('apps/redis/service.hrd', 'category = cache\n');
  write('apps/redis/instance.hrd', 'param.port = @ASK type:int default:6379\n');
  write('apps/redis/lib/helper.py', 'x = 1\n');
  write('_servers/jumpscale__web/service.hrd', 'category = web\n');
  commit('first');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(path: string, text: string | Buffer): void {
  mkdirSync(dirname(join(upstream, path)), { recursive: true });
  writeFileSync(join(upstream, path), text);
}
const git = (...argv: string[]) => execFileSync('git', ['-C', upstream, '-c', 'user.name=t', '-c', 'user.email=t@t', ...argv], { encoding: 'utf8', stdio: 'pipe' });
function commit(message: string): void {
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', message);
}
const name = (domain: string, fields: string) => writeFileSync(join(around.gridHome, 'environment/atyourservice.hrd'), `metadata.${domain} = ${fields}\n`);
const ours = (more = '') => name('jumpscale', `url:'file://${upstream}'${more}`);
const fetch = (domain = 'jumpscale', environment = new MockActivityEnvironment()): Promise<string> => environment.run(fetchDomain(around), { domain });
const read = async () => readTemplates(around, await openRepository(around, never));

test('templates of a domain are those of its repository, at any depth, once they were fetched (A-3)', async () => {
  ours();
  expect(await read()).toEqual({ templates: [], unfetched: ['jumpscale'] });
  expect(await fetch()).toMatch(/^2 templates of jumpscale at [0-9a-f]{12}\n$/);
  const { templates, unfetched } = await read();
  expect(unfetched).toEqual([]);
  expect(templates.map((one) => `${one.domain}__${one.name}`)).toEqual(['jumpscale__web', 'jumpscale__redis']);
  expect(Object.keys(findTemplate(templates, { name: 'redis' }).files)).toEqual(['instance.hrd', 'lib/helper.py', 'service.hrd']);
  write('apps/redis/service.hrd', 'category = database\n');
  commit('second');
  expect((await read()).templates).toEqual(templates);
  await fetch();
  expect(findTemplate((await read()).templates, { name: 'redis' }).files['service.hrd']).toBe('category = database\n');
});

test('a tag or branch is what was asked for; where the file names another one, nothing of the old counts', async () => {
  git('tag', 'v1');
  write('apps/mysql/service.hrd', 'category = database\n');
  commit('second');
  ours(', tag:v1');
  await fetch();
  expect((await read()).templates.map((one) => one.name)).toEqual(['web', 'redis']);
  ours(', branch:main');
  expect(await read()).toMatchObject({ templates: [], unfetched: ['jumpscale'] });
  await fetch();
  expect((await read()).templates.map((one) => one.name)).toContain('mysql');
});

test('the environment’s own come before those of a domain; two of one name in one domain are said', async () => {
  mkdirSync(join(around.gridHome, 'environment/servicetemplates/jumpscale__redis'), { recursive: true });
  writeFileSync(join(around.gridHome, 'environment/servicetemplates/jumpscale__redis/service.hrd'), 'category = own\n');
  write('other/web/service.hrd', 'category = web\n');
  commit('second');
  ours();
  await fetch();
  const { templates } = await read();
  expect(findTemplate(templates, { name: 'redis' }).from).toBe('servicetemplates');
  expect(refused(() => findTemplate(templates, { name: 'web' }))).toMatchObject({ status: 409, code: 'ambiguous_template', message: expect.stringMatching(/^multiple templates found for jumpscale__web: _servers\/jumpscale__web at \w+, other\/web at \w+\. Be more precise please$/) });
});

test('nothing that a repository has is run, followed or written anywhere; what cannot be a template is left out, with the reason', async () => {
  const ran = join(dir, 'ran');
  symlinkSync('/etc/passwd', join(upstream, 'apps/redis/secret'));
  write('apps/link/service.hrd', 'category = x\n');
  rmSync(join(upstream, 'apps/link/service.hrd'));
  symlinkSync('/etc/hostname', join(upstream, 'apps/link/service.hrd'));
  write('.gitattributes', '* filter=evil\n');
  write('.gitmodules', `[submodule "s"]\n\tpath = s\n\turl = ext::touch ${ran}\n`);
  write('apps/big/service.hrd', `x = ${'a'.repeat(300_000)}\n`);
  write('apps/binary/service.hrd', 'category = x\n');
  write('apps/binary/logo.png', Buffer.from([0x89, 0, 0xff]));
  write('apps/broken/service.hrd', 'x = @ASK type:nothing\n');
  write('apps/twice/service.hrd', 'category = x\n');
  write('apps/twice/actions.py', '');
  write('apps/twice/actions.sh', '');
  write('apps/.hidden/service.hrd', 'category = x\n');
  write('apps/a b/service.hrd', 'category = x\n');
  commit('hostile');
  writeFileSync(join(upstream, '.git/hooks/post-checkout'), `#!/bin/sh\ntouch ${ran}\n`, { mode: 0o755 });
  ours();
  const said = await fetch();
  for (const reason of [/apps\/big has more than 256 KiB/, /apps\/binary: .*logo\.png is not text/, /apps\/broken: .*line 1/, /apps\/twice: there are both actions\.py and actions\.sh/]) expect(said).toMatch(reason);
  const { templates } = await read();
  expect(templates.map((one) => one.name)).toEqual(['web', 'redis']);
  expect(Object.keys(findTemplate(templates, { name: 'redis' }).files)).not.toContain('secret');
  expect(existsSync(ran)).toBe(false);
  expect(readdirSync(join(around.gridHome, 'domains')).sort()).toEqual(['jumpscale.git', 'jumpscale.json']);
});

test.each([
  ['a command for an address', `url:'ext::sh -c reboot'`, /metadata\.jumpscale: its url is not the address/],
  ['a password', `url:'https://me:secret@host/x'`, /not the address/],
  ['an option for a branch', `url:'https://host/x', branch:'--upload-pack=reboot'`, /is no branch or tag/],
  ['two of them', `url:'https://host/x', branch:a, tag:b`, /a branch and a tag/],
  ['something else', `url:'https://host/x', revision:a`, /has a field revision/],
  ['nothing', '', /is not a dict|not the address/],
])('refused by the name of the key: %s', async (_, fields, message) => {
  name('jumpscale', fields);
  await expect(read()).rejects.toMatchObject({ message: expect.stringMatching(message) });
});

test('the domain of the catalog is nobody else’s', async () => {
  name('grid', `url:'https://host/x'`);
  await expect(read()).rejects.toMatchObject({ code: 'broken_model', message: expect.stringContaining("the grid's own") });
});

test('a repository that is not there is said, what was fetched before stays, and a fetch that is called off ends', async () => {
  ours();
  await fetch();
  rmSync(join(upstream, '.git'), { recursive: true });
  await expect(fetch()).rejects.toMatchObject({ problem: { status: 409, code: 'git_failed' } });
  expect((await read()).templates).toHaveLength(2);
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((ready) => silent.once('listening', ready));
  name('jumpscale', `url:'http://127.0.0.1:${(silent.address() as { port: number }).port}/x'`);
  const environment = new MockActivityEnvironment();
  const fetching = fetch('jumpscale', environment);
  await new Promise((asked) => silent.once('connection', asked));
  environment.cancel();
  await expect(fetching).rejects.toThrow();
  silent.close();
});
