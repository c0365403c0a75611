import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Shown } from '../../cli/wire';
import type { CommandPlan } from '../../model/command_plan';
import { grid as run, type Ran } from '../support/cli';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { eventually } from '../api/support/api_under_test';
import { ask } from '../support/http';

const PAAS = '/bigdata/api/v1';
let grid: TestGrid;
beforeAll(async () => {
  grid = await startGrid();
});
afterAll(() => grid.end());
afterEach(() => expect(labelled(grid.home)).toEqual([]));

const cli = (words: string, options: Parameters<typeof run>[1] = {}): Promise<Ran> => run(words.split(' '), { ...options, env: { GRID_API: grid.api, ...options.env } });
const json = async <T>(words: string): Promise<T> => JSON.parse((await cli(`${words} --json`)).stdout) as T;

async function product(name: string, script: string): Promise<void> {
  const template = { nodes: { a: { cpu: 0.1, mem: 16, command: ['sh', '-c', 'echo hello from a; exec sleep 1000'] }, b: { cpu: 0.1, mem: 16 } }, services: { r: {} } };
  await ask(grid, 'POST', `${PAAS}/products`, { name, version: '1', description: 'made by a test' });
  await ask(grid, 'PUT', `${PAAS}/products/${name}/1/template`, template);
  expect((await ask(grid, 'PUT', `${PAAS}/products/${name}/1/orquestrator`, script, { 'content-type': 'text/plain' })).status).toBe(204);
}

test('a cluster is launched, looked at, entered, scaled and destroyed from the command line', async () => {
  const launched = await cli('launch reference/1.0.0 size=2');
  expect(launched).toMatchObject({ code: 0, stderr: '' });
  for (const state of ['registered', 'scheduling', 'scheduled', 'configuring', 'configured', 'ready']) expect(launched.stdout).toMatch(new RegExp(`^ +[\\d.]+ s  ${state}$`, 'm'));
  expect(launched.stdout).toMatch(/reference\/1\.0\.0\/1 is ready after[^]*API +http:\S+\/bigdata\/api\/v1\/clusters\/test\/reference\/1\.0\.0\/1\n/);
  expect((await cli('status')).code).toBe(0);
  expect((await cli('clusters')).stdout).toMatch(/reference\/1\.0\.0\/1 +ready +2\/2/);
  expect(await cli('exec reference/1.0.0/1 example0 -i -- cat', { stdin: 'given\n' })).toMatchObject({ code: 0, stdout: 'given\n' });
  expect(await cli('exec reference/1.0.0/1/example1 -- false')).toMatchObject({ code: 1 });
  expect((await cli('logs reference/1.0.0/1/example0')).stdout).toContain('serving');
  expect((await json<{ machines: object[] }>('machines')).machines).toHaveLength(2);
  expect(await cli('scale reference/1.0.0/1 size=3 --wait')).toMatchObject({ code: 0 });
  expect((await json<Shown>('show reference/1.0.0/1')).nodes).toHaveLength(3);
  expect(await cli('destroy reference/1.0.0/1 --wait')).toMatchObject({ code: 0 });
  expect((await cli('clusters')).stdout).not.toContain('reference/1.0.0/1');
  expect((await cli('clusters --all')).stdout).toMatch(/reference\/1\.0\.0\/1 +destroyed/);
});

test('a plan is carried out as it was shown, or refused with what changed meanwhile; machines that it leaves alone keep their processes', async () => {
  const planOf = (words: string) => json<CommandPlan>(`${words} --plan`);
  const effects = ({ effects: all }: CommandPlan) => all.map(({ id, effect }) => `${effect} ${id}`);
  const running = async () => new Map((await json<{ machines: { id: string; ref: { pid: number } }[] }>('machines')).machines.map(({ id, ref }) => [id, ref.pid]));
  const launch = await planOf('launch reference/1.0.0 size=2');
  expect(effects(launch)).toEqual(['create example0', 'create example1']);
  expect((await running()).size).toBe(0);
  const name = launch.of.replace('cluster/test/', '');
  expect(await cli(`launch reference/1.0.0 size=2 --plan-hash ${launch.hash}`)).toMatchObject({ code: 0, stdout: expect.stringContaining(`${name} is ready`) });
  expect(await cli(`launch reference/1.0.0 size=2 --plan-hash ${launch.hash}`)).toMatchObject({ code: 1, stderr: expect.stringContaining('the plan does not hold any more') });
  const before = await running();
  const old = await planOf(`scale ${name} size=3`);
  expect(effects(old)).toEqual(['none example0', 'none example1', 'create example2']);
  expect(await cli(`scale ${name} size=4 --wait`)).toMatchObject({ code: 0 });
  const refused = await cli(`scale ${name} size=3 --plan-hash ${old.hash}`);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/example2 was to be created, now it is left alone[^]*example3 was left alone, now it is to be removed/) });
  expect((await running()).size).toBe(4);
  const plan = await planOf(`scale ${name} size=3`);
  expect(effects(plan)).toEqual(['none example0', 'none example1', 'none example2', 'remove example3']);
  expect(await cli(`scale ${name} size=3 --plan-hash ${plan.hash} --wait`)).toMatchObject({ code: 0 });
  const after = await running();
  expect([after.size, ...[...before].map(([id, pid]) => after.get(id) === pid)]).toEqual([3, true, true]);
  expect(await cli(`destroy ${name} --plan-hash ${plan.hash}`)).toMatchObject({ code: 1, stderr: expect.stringContaining('example0 was left alone, now it is to be removed') });
  const { hash } = await planOf(`destroy ${name}`);
  expect(await cli(`destroy ${name} --plan-hash ${hash} --wait`)).toMatchObject({ code: 0 });
});

test('a stuck launch exits 3 with the script\'s last words; after it was mended, `retry --wait` ends it well', async () => {
  const mended = join(grid.home, 'mended');
  await product('stuck', `#!/bin/sh
grid exec a -- sh -c 'echo inside'
echo piped | grid exec -i b -- cat
grid role set r almost
test -f ${mended} || { echo cannot reach the licence server; exit 2; }
`);
  const launched = await cli('launch stuck/1');
  expect(launched).toMatchObject({ code: 3, stdout: expect.stringContaining('cannot reach the licence server') });
  expect(launched.stdout).toContain('  grid retry stuck/1/1');
  const blocked = await json<Shown>('show stuck/1/1');
  expect(blocked).toMatchObject({ verbs: expect.arrayContaining(['retry', 'skip', 'abort']), roles: [{ name: 'r', status: 'almost' }] });
  expect((await cli('show stuck/1/1 --output')).stdout).toMatch(/inside\npiped\n[^]*cannot reach/);
  await eventually(() => cli('status'), ({ stdout }) => stdout.includes('1 lifecycle waits for a person'));
  const doctor = await cli('doctor --json');
  expect([doctor.code, JSON.parse(doctor.stdout)]).toEqual([1, { well: false, findings: expect.arrayContaining([
    expect.objectContaining({ check: 'api', status: 'ok' }), expect.objectContaining({ check: 'worker', status: 'ok' }),
    { check: 'steps', status: 'failed', seen: expect.stringMatching(/^cluster\/test\/stuck\/1\/1 is blocked at configure: /), fix: expect.stringContaining('`grid retry cluster/test/stuck/1/1`') },
  ]) }]);
  expect(await cli('resume stuck/1/1')).toMatchObject({ code: 1, stderr: expect.stringContaining('not paused') });
  writeFileSync(mended, '');
  expect(await cli('retry stuck/1/1 --step configure --wait')).toMatchObject({ code: 0, stdout: expect.stringContaining('stuck/1/1 is ready') });
  expect(await cli('destroy stuck/1/1 --wait')).toMatchObject({ code: 0 });
});

test('a launch is followed to its end across the death of the API', async () => {
  await product('slow', '#!/bin/sh\nsleep 2\n');
  const following = cli('launch slow/1', { onWrite: (text) => void (text.includes('configuring') && process.kill(grid.pidOf('api'), 'SIGKILL')) });
  expect(await following).toMatchObject({ code: 0, stdout: expect.stringMatching(/does not answer; still trying[^]*is ready/) });
  expect(await cli('destroy slow/1/1 --wait')).toMatchObject({ code: 0 });
});

test('what is wrong with an order is said before anything starts', async () => {
  expect(await cli('launch reference/1.0.0 size=two')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/error: .*size[^]*fix: /) });
  expect(await cli('launch nothing/1')).toMatchObject({ code: 4 });
  expect(await cli('show reference/1.0.0/99')).toMatchObject({ code: 4 });
  expect(await cli('exec nobody -- true')).toMatchObject({ code: 4 });
});
