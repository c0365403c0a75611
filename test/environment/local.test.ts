import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Effect } from '../../model/command_plan';
import { addTemplate, ays, commits, gitIn, inModel, isOver, machineOf, modelled, order, runIs } from '../support/environment';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, read, verb } from '../support/http';
import { unreplayable } from '../support/replayed';
import { untilPath } from '../support/services';

let grid: TestGrid;
beforeAll(async () => {
  grid = await startGrid();
  const needs = (...names: string[]) => names.map((name, i) => `dependencies.${i + 1} =\n    name:'${name}',\n\n`).join('');
  const notes = (...actions: string[]) => ({ 'actions.js': actions.map((name) => `exports.${name} = () => require('node:fs').appendFileSync('done', '${name} ');`).join('\n') });
  addTemplate(grid, 'jumpscale__test', { 'service.hrd': needs('test2', 'test3'), ...notes('configure') });
  addTemplate(grid, 'jumpscale__test2', { 'service.hrd': needs('test4'), ...notes('configure') });
  for (const name of ['test3', 'test4']) addTemplate(grid, `jumpscale__${name}`, { 'service.hrd': 'category = part\n', ...notes('configure') });
  addTemplate(grid, 'jumpscale__test5', { 'service.hrd': 'category = part\n', 'actions.py': `def start(context):\n    open('file', 'w').write('test')\n` });
  addTemplate(grid, 'jumpscale__test6', { 'service.hrd': 'category = part\n', 'instance.hrd': 'param.test = @ASK\n' });
  addTemplate(grid, 'jumpscale__test7', { 'service.hrd': 'category = part\n', 'actions.sh': 'case "$1" in\n  stop) printf stop >file ;;\n  data_export) printf \'{"location": "/backup/1"}\' >"$GRID_RESULT" ;;\nesac\n' });
  addTemplate(grid, 'jumpscale__web', {
    'service.hrd': "category = database\n\noffers = connection\n\nprocess.1 =\n    cmd:node,\n    args:'server.js',\n    ports:'$(instance.param.port)',\n    env:'',\n\nenv.process.1 =\n    PORT:'$(instance.param.port)',\n",
    'instance.hrd': 'param.port = @ASK type:int default:9345\n',
    'server.js': `require('node:http').createServer((q, r) => r.end(String(process.pid))).listen(Number(process.env.PORT), process.env.GRID_ADDRESS);`,
  });
  addTemplate(grid, 'jumpscale__statsd', { 'service.hrd': 'category = part\n\nstore = $(producer.database.param.port)\n', 'actions.js': `exports.configure = ({ hrd }) => require('node:fs').writeFileSync('store', hrd['service.store']);` });
  for (const name of ['sources', 'binaries']) git('init', '-q', '-b', 'main', ...(name === 'binaries' ? ['--bare'] : []), join(grid.home, name));
  writeFileSync(join(grid.home, 'sources/tool.c'), 'a tool');
  git('-C', join(grid.home, 'sources'), 'add', '-A');
  git('-C', join(grid.home, 'sources'), 'commit', '-qm', 'first');
  addTemplate(grid, 'jumpscale__built', {
    'service.hrd': [
      'build.compiler = sh', `git.build.1 =\n    url:'file://${join(grid.home, 'sources')}',\n    dest:'src',`, `build.upload.1 =\n    source:'out/tool',\n    url:'file://${join(grid.home, 'binaries')}',\n    dest:'bin/',`,
      `git.export.1 =\n    url:'file://${join(grid.home, 'binaries')}',\n    source:'bin/tool',\n    branch:'main',`, ''].join('\n\n'),
    'actions.sh': 'case "$1" in\n  build) mkdir out && tr a-z A-Z <src/tool.c >out/tool ;;\nesac\n',
  });
  addTemplate(grid, 'jumpscale__careful', {
    'service.hrd': 'category = part\n',
    'actions.js': `const { appendFileSync } = require('node:fs');
for (const name of ['init', 'check_requirements', 'prepare', 'configure', 'start', 'stop']) exports[name] = () => appendFileSync('done', name + ' ');
for (const name of ['prepareLocal', 'configureLocal']) exports[name] = ({ service, machine }) => appendFileSync(${JSON.stringify(join(grid.home, 'local.txt'))}, [name, service.name, machine.address, process.cwd().startsWith(${JSON.stringify(grid.home)})].join() + '\\n');`,
  });
  addTemplate(grid, 'jumpscale__store', {
    'service.hrd': 'category = part\n',
    'actions.js': `const { existsSync, writeFileSync } = require('node:fs');
exports.data_export = ({ args }) => { if (args.url === 'nowhere') throw new Error('no such place'); return { location: args.url ?? 's3://me:secret@store/first' }; };
exports.data_import = ({ args }) => writeFileSync('imported', JSON.stringify(args));`,
  });
  addTemplate(grid, 'jumpscale__vault', {
    'service.hrd': 'category = part\n', 'instance.hrd': 'param.password = @ASK type:password\n', 'actions.js': `exports.configure = ({ hrd }) => require('node:fs').writeFileSync('seen', hrd['instance.param.password']);`,
  });
  addTemplate(grid, 'jumpscale__broken', { 'service.hrd': 'category = part\n', 'actions.js': `exports.configure = () => { if (!require('node:fs').existsSync('../mended')) throw new Error('not yet'); };` });
});
afterAll(() => grid.end());

const git = (...argv: string[]) => execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...argv], { encoding: 'utf8', stdio: 'pipe' });
const at = (name: string, instance = 'main') => `jumpscale__${name}__${instance}`;
const stateOf = async (path: string) => (await modelled(grid)).find((one) => one.path === path)?.state;

test('AT1: an install brings what it depends on, in the model and on the machine, and nothing else', async () => {
  const run = await ays(grid, 'install', { name: 'test' });
  expect(run.state).toBe('done');
  expect(run.steps.map(({ name, state }) => `${name}: ${state}`)).toEqual([
    'machine of host: done', `install ${at('test4')}: done`, `install ${at('test2')}: done`, `install ${at('test3')}: done`, `install ${at('test')}: done`]);
  const { dir } = await machineOf(grid, at('test'));
  for (const name of ['test', 'test2', 'test3', 'test4']) {
    expect(existsSync(join(inModel(grid, at(name)), 'service.hrd'))).toBe(true);
    expect(readFileSync(join(dir, '..', at(name), 'done'), 'utf8')).toBe('configure ');
  }
  expect(existsSync(inModel(grid, at('test5')))).toBe(false);
  expect(commits(grid)).toEqual([`install ${at('test')} and 3 more`]);
});

test('AT10, A-16: the same install again changes nothing; with reinstall every step is done again', async () => {
  const { dir } = await machineOf(grid, at('test3'));
  const again = await ays(grid, 'install', { name: 'test3' });
  expect(again.said[at('test3')]).toMatchObject({ state: 'done', reason: expect.stringContaining('already installed') });
  expect(readFileSync(join(dir, 'done'), 'utf8')).toBe('configure ');
  await ays(grid, 'install', { name: 'test3', reinstall: true });
  expect(readFileSync(join(dir, 'done'), 'utf8')).toBe('configure configure ');
  expect(commits(grid)).toHaveLength(1);
});

test('AT2, AT4: start and stop are actions on the machine', async () => {
  await ays(grid, 'install', { name: 'test5' });
  expect(readFileSync(join((await machineOf(grid, at('test5'))).dir, 'file'), 'utf8')).toBe('test');
  await ays(grid, 'install', { name: 'test7' });
  await ays(grid, 'stop', { name: 'test7' });
  expect(readFileSync(join((await machineOf(grid, at('test7'))).dir, 'file'), 'utf8')).toBe('stop');
  expect(await stateOf(at('test7'))).toBe('INSTANCE_STOPPED');
  expect((await ays(grid, 'export', { name: 'test7' })).said[at('test7')]).toMatchObject({ state: 'done', result: { location: '/backup/1' } });
});

test('AT3: what was given is the first line of the file; what was not is asked for, and nothing changes', async () => {
  expect(await order(grid, 'install', { name: 'test6' })).toMatchObject({ status: 400, body: { code: 'missing_value', field: 'instance.param.test' } });
  expect(existsSync(inModel(grid, at('test6')))).toBe(false);
  await ays(grid, 'install', { name: 'test6', data: { 'param.test': 'test' } });
  expect(readFileSync(join(inModel(grid, at('test6')), 'service.hrd'), 'utf8').split('\n')[0]).toMatch(/^instance\.param\.test +=\s'test'$/);
});

test('AT5: a server listens after its install, not after its stop, and is the same one after its agent was killed', async () => {
  await ays(grid, 'install', { name: 'web' });
  const { address } = await machineOf(grid, at('web'));
  const answer = () => fetch(`http://${address}:9345/`).then((r) => r.text());
  const before = await answer();
  const { agent } = (await modelled(grid)).find((one) => one.path === at('web'));
  process.kill((await read(grid, `/api/v1/lifecycles/agent/${agent}`)).hello.pid, 'SIGKILL');
  await untilPath(grid, `/agents/${agent}/`, (d) => d.number_of_agent_restarts === 1);
  expect(await answer()).toBe(before);
  await ays(grid, 'stop', { name: 'web' });
  await expect(answer()).rejects.toThrow();
  await ays(grid, 'start', { name: 'web' });
  expect(await answer()).not.toBe(before);
});

test('a consumer knows its producer’s values, and another producer takes its place when it is consumed instead', async () => {
  await ays(grid, 'install', { name: 'web', instance: 'second', data: { 'param.port': 9346 } });
  await ays(grid, 'install', { name: 'statsd', consume: [{ category: 'database', producer: 'main' }] });
  const { dir } = await machineOf(grid, at('statsd'));
  expect(readFileSync(join(dir, 'store'), 'utf8')).toBe('9345');
  await ays(grid, 'consume', { name: 'statsd', consume: [{ category: 'database', producer: 'second' }] });
  expect(readFileSync(join(dir, 'store'), 'utf8')).toBe('9346');
  expect(await order(grid, 'reset', { name: 'web', instance: 'second' })).toMatchObject({ status: 409, body: { code: 'still_needed', detail: expect.stringContaining('statsd') } });
  expect(await order(grid, 'consume', { name: 'statsd', consume: [{ category: 'database', producer: 'third' }] })).toMatchObject({ status: 404, body: { detail: 'Could not find producer:database for instance:third' } });
});

test('a password is given by where it is, and stands in no commit (A-36)', async () => {
  const head = gitIn(grid, 'rev-parse', 'HEAD');
  const plain = await order(grid, 'install', { name: 'vault', data: { 'param.password': 'hunter2' } });
  expect(plain).toMatchObject({ status: 400, body: { code: 'secret_in_model', field: 'instance.param.password' } });
  expect(JSON.stringify(plain.body)).not.toContain('hunter2');
  expect(gitIn(grid, 'rev-parse', 'HEAD')).toBe(head);
  writeFileSync(join(grid.home, 'password'), 'hunter2\n');
  await ays(grid, 'install', { name: 'vault', data: { 'param.password': `file:${join(grid.home, 'password')}` } });
  expect(readFileSync(join((await machineOf(grid, at('vault'))).dir, 'seen'), 'utf8')).toBe('hunter2');
  expect(gitIn(grid, 'log', '-p')).not.toContain('hunter2');
});

test('a failing action blocks its service with its output, and the run says so; the same command goes on when it is mended', async () => {
  const { body } = await order(grid, 'install', { name: 'broken' });
  const stuck = await runIs(grid, body.id, (run) => run.said[at('broken')]?.state === 'blocked');
  expect(stuck.said[at('broken')]).toMatchObject({ problem: { code: 'action_failed', message: expect.stringContaining('not yet') } });
  const { root } = await machineOf(grid, at('broken'));
  writeFileSync(join(root, 'services', 'mended'), '');
  expect((await ays(grid, 'install', { name: 'broken' })).state).toBe('done');
  expect((await runIs(grid, body.id, ({ state }) => state !== 'running')).state).toBe('done');
});

test('what is called off fails its run and stays as it is, until the same command or a repair', async () => {
  const mended = join((await machineOf(grid, at('broken'))).root, 'services', 'mended');
  rmSync(mended);
  const { body } = await order(grid, 'install', { name: 'broken', reinstall: true });
  await runIs(grid, body.id, (run) => run.said[at('broken')]?.state === 'blocked');
  await verb(grid, `instance/${at('broken')}`, 'abort');
  expect((await runIs(grid, body.id, ({ state }) => state !== 'running')).state).toBe('failed');
  expect(await read(grid, `/api/v1/lifecycles/instance/${at('broken')}`)).toMatchObject({ operation: null, conditions: [{ type: 'Aborted' }] });
  writeFileSync(mended, '');
  await verb(grid, `instance/${at('broken')}`, 'repair');
  await untilPath(grid, `/api/v1/lifecycles/instance/${at('broken')}`, (d) => d.state === 'INSTANCE_STARTED' && d.conditions.length === 0);
});

test('what is broken by hand is refused with file and line, and a conflict with the file', async () => {
  const file = join(inModel(grid, at('test6')), 'service.hrd');
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, `${before}\nx = @ASK type:nothing\n`);
  const { status, body } = await order(grid, 'start', { name: 'test6' });
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: 'broken_model', detail: expect.stringMatching(/^services\/jumpscale__test6__main\/service\.hrd:\d+: /) });
  writeFileSync(file, before);
  gitIn(grid, 'checkout', '-qb', 'other');
  writeFileSync(file, before.replace("'test'", "'one'"));
  gitIn(grid, 'commit', '-qam', 'one');
  gitIn(grid, 'checkout', '-q', 'main');
  writeFileSync(file, before.replace("'test'", "'two'"));
  gitIn(grid, 'commit', '-qam', 'two');
  expect(() => gitIn(grid, 'merge', '-q', 'other')).toThrow();
  expect(await order(grid, 'start', { name: 'test6' })).toMatchObject({ status: 409, body: { code: 'git_conflict', detail: expect.stringContaining('service.hrd') } });
  gitIn(grid, 'merge', '--abort');
});

test('A-15: a build brings sources, compiles, and puts what it made where the recipe says, before anything is installed; an install takes it from there', async () => {
  const { id } = (await order(grid, 'install', { name: 'built', start: false })).body;
  await runIs(grid, id, (run) => run.said[at('built')]?.problem?.code === 'git_failed');
  await verb(grid, `instance/${at('built')}`, 'abort');
  expect((await runIs(grid, id, isOver)).state).toBe('failed');
  const early = await ays(grid, 'build', { name: 'built' });
  expect(early.said[at('built')]).toMatchObject({ state: 'done', result: { uploaded: [{ branch: 'main', commit: expect.stringMatching(/^[0-9a-f]{40}$/) }] } });
  const show = () => git('-C', join(grid.home, 'binaries'), 'log', '--format=%s', '--stat', 'main');
  expect(show()).toMatch(/^build jumpscale__built__main\n\n bin\/tool \| 1 \+\n 1 file changed/);
  const before = show();
  expect((await ays(grid, 'build', { name: 'built' })).state).toBe('done');
  expect(show()).toBe(before);
  expect((await ays(grid, 'install', { name: 'built' })).state).toBe('done');
  const { root, dir } = await machineOf(grid, at('built'));
  expect(readFileSync(join(dir, 'tool'), 'utf8')).toBe('A TOOL');
  expect(readdirSync(join(root, 'builds'))).toEqual([]);
  expect((await ays(grid, 'build', { name: 'test5' })).said[at('test5')]).toMatchObject({ state: 'done', reason: 'it has no action build' });
});

test('A-17, A-34: init and what it requires come first; local actions run where the model is, and know where the service is', async () => {
  await ays(grid, 'install', { name: 'careful' });
  const { dir, address } = await machineOf(grid, at('careful'));
  expect(readFileSync(join(dir, 'done'), 'utf8')).toBe('init check_requirements prepare configure start ');
  expect(readFileSync(join(grid.home, 'local.txt'), 'utf8')).toBe(`prepareLocal,careful,,true\nconfigureLocal,careful,${address},true\n`);
  expect(readdirSync(join(grid.home, 'local'))).toEqual([]);
  await ays(grid, 'install', { name: 'careful', reinstall: true });
  expect(readFileSync(join(dir, 'done'), 'utf8')).toBe('init check_requirements prepare configure start stop init check_requirements prepare configure start ');
});

test('A-32: exports stand in the journal of their service, and are taken back by their number', async () => {
  await ays(grid, 'install', { name: 'store' });
  await ays(grid, 'export', { name: 'store' });
  await ays(grid, 'export', { name: 'store', args: { url: '/backup/2' } });
  const failing = await order(grid, 'export', { name: 'store', args: { url: 'nowhere' } });
  await runIs(grid, failing.body.id, (run) => run.said[at('store')]?.state === 'blocked');
  await verb(grid, `instance/${at('store')}`, 'abort');
  expect((await runIs(grid, failing.body.id, isOver)).state).toBe('failed');
  const lines = readFileSync(join(inModel(grid, at('store')), 'store.export'), 'utf8').split('\n');
  expect(lines).toEqual([expect.stringMatching(/^\d{10} 1 OK run\/\w+ s3:\/\/me@store\/first$/), expect.stringMatching(/^\d{10} 2 OK run\/\w+ \/backup\/2$/), expect.stringMatching(/^\d{10} 3 ERROR run\/\w+$/), '']);
  expect((await modelled(grid, '?name=store'))[0].exports).toMatchObject([{ id: 3, state: 'ERROR' }, { id: 2, location: '/backup/2' }, { id: 1 }]);
  expect(commits(grid)[0]).toBe(`export ${at('store')}`);
  await ays(grid, 'import', { name: 'store', args: { id: '2' } });
  const { dir } = await machineOf(grid, at('store'));
  expect(JSON.parse(readFileSync(join(dir, 'imported'), 'utf8'))).toEqual({ id: '2', location: '/backup/2' });
  expect(await order(grid, 'import', { name: 'store', args: { id: '3' } })).toMatchObject({ status: 404, body: { code: 'export_not_found', fix: 'It has 1, 2.' } });
  // A journal is nothing that a service is made of.
  expect((await read(grid, '/api/v1/environment/diff')).differences.map(({ path }: { path: string }) => path)).not.toContain(at('store'));
});

test('a file edited by hand is a difference and a condition; apply does what was shown, or nothing when the world moved (A-36)', async () => {
  const diff = () => read(grid, '/api/v1/environment/diff');
  // What was edited and committed before.
  expect(await diff()).toMatchObject({ edited: [], differences: [{ path: at('test6'), is: 'changed' }] });
  await ays(grid, 'apply');
  expect(await diff()).toMatchObject({ edited: [], differences: [] });
  const file = join(inModel(grid, at('web')), 'service.hrd');
  const { address } = await machineOf(grid, at('web'));
  writeFileSync(file, readFileSync(file, 'utf8').replace("'9345'", "'9347'"));
  const shown = await diff();
  expect(shown).toMatchObject({ edited: ['services/jumpscale__web__main/service.hrd'], differences: [{ path: at('web'), is: 'changed' }] });
  expect((await read(grid, '/api/v1/lifecycles/environment/model')).conditions).toMatchObject([{ type: 'Drifted', message: `${at('web')} is changed` }]);
  const planned = await ask(grid, 'POST', '/api/v1/environment/runs?plan=true', { verb: 'apply' });
  expect([planned.status, planned.body.hash]).toEqual([200, shown.token]);
  expect(planned.body.effects.filter((one: Effect) => one.effect !== 'none')).toMatchObject([{ id: `instance/${at('web')}`, effect: 'replace' }]);
  expect(await order(grid, 'apply', { expect: 'another' })).toMatchObject({ status: 409, body: { code: 'world_moved', detail: expect.any(String) } });
  expect((await ays(grid, 'apply', { expect: shown.token })).steps.map(({ name }) => name)).toEqual(['machine of host', `install ${at('web')}`]);
  expect(await (await fetch(`http://${address}:9347/`)).text()).toMatch(/^\d+$/);
  expect(await diff()).toMatchObject({ differences: [] });
  gitIn(grid, 'commit', '-qam', 'by hand: another port');
});

test('a blueprint brings what it describes, and a second time nothing (A-37)', async () => {
  const blueprint = { test5__blue: null, web__blue: { 'param.port': 9350 }, statsd__blue: { consume: { database: 'blue' } } };
  expect((await ays(grid, 'blueprint', { blueprint })).state).toBe('done');
  const head = gitIn(grid, 'rev-parse', 'HEAD');
  expect(readFileSync(join((await machineOf(grid, at('statsd', 'blue'))).dir, 'store'), 'utf8')).toBe('9350');
  const again = await ays(grid, 'blueprint', { blueprint });
  expect(Object.values(again.said).map(({ reason }) => reason)).toEqual(expect.arrayContaining([expect.stringContaining('already installed')]));
  expect(gitIn(grid, 'rev-parse', 'HEAD')).toBe(head);
  expect(await order(grid, 'blueprint', { blueprint: { a__b__c: {} } })).toMatchObject({ status: 400, body: { code: 'invalid_blueprint' } });
});

test.each([
  ['an unknown template', 'install', { name: 'nothing' }, 404, 'template_not_found'],
  ['a name that leaves its directory', 'install', { name: '../x' }, 400, 'invalid_body'],
  ['a parent that is not there', 'install', { name: 'test5', parent: 'jumpscale__location__eu' }, 404, 'parent_not_found'],
  ['a key that is none', 'start', { parent: 'jumpscale__location' }, 400, 'invalid_key'],
  ['a value of the wrong type', 'install', { name: 'web', instance: 'third', data: { 'param.port': 'many' } }, 400, 'invalid_hrd_value'],
  ['a reset of nothing that is there', 'reset', { name: 'redis' }, 404, 'service_not_found'],
  ['nothing that is there', 'stop', { name: 'redis' }, 404, 'service_not_found'],
  ['a verb that there is not', 'explode', {}, 400, 'invalid_body'],
])('refused, and nothing changes: %s', async (_, verb, body, status, code) => {
  const head = gitIn(grid, 'rev-parse', 'HEAD');
  expect(await order(grid, verb, body)).toMatchObject({ status, body: { code } });
  expect(gitIn(grid, 'rev-parse', 'HEAD')).toBe(head);
});

test('AT10: a reset keeps what another one needs; with the last of them everything goes, from model and machine', async () => {
  await ays(grid, 'install', { name: 'test2', instance: 'second' });
  const run = await ays(grid, 'reset', { name: 'test' });
  expect(run.plan!.stays).toEqual([{ path: at('test4'), because: [at('test2', 'second')] }]);
  expect((await modelled(grid)).map(({ path }) => path).filter((path) => /test[234]?__/.test(path))).toEqual([at('test2', 'second'), at('test4')]);
  expect((await ays(grid, 'reset', { domain: 'jumpscale' })).state).toBe('done');
  expect(await modelled(grid)).toEqual([]);
  expect(existsSync(inModel(grid, at('web')))).toBe(false);
  await untilPath(grid, '/agents/0/', (d) => d.progress === 'MACHINE_TERMINATED');
  expect(labelled(grid.home)).toEqual([]);
});

test('everything can be replayed', async () => {
  expect(await unreplayable(grid)).toEqual([]);
});
