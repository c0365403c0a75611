import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addTemplate, ays, commits, gitIn, inModel, machineOf, modelled, order, runIs } from '../support/environment';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { verb, read } from '../support/http';
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
  addTemplate(grid, 'jumpscale__broken', { 'service.hrd': 'category = part\n', 'actions.js': `exports.configure = () => { if (!require('node:fs').existsSync('../mended')) throw new Error('not yet'); };` });
});
afterAll(() => grid.end());

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

test('a file edited by hand is a difference and a condition; apply does what was shown, or nothing when the world moved (A-36)', async () => {
  const diff = async () => await read(grid, '/api/v1/environment/diff');
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
  expect(await order(grid, 'apply', { expect: 'another' })).toMatchObject({ status: 409, body: { code: 'world_moved' } });
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
