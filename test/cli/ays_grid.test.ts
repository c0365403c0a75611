import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunDocument } from '../../model/environment/run';
import { grid as run, type Ran, type RunOptions } from '../support/cli';
import { startGrid, type TestGrid } from '../support/grid';

const ROOT = join(__dirname, '../..');
let grid: TestGrid;
beforeAll(async () => {
  grid = await startGrid();
  template('base', { 'service.hrd': 'category = base\n' });
  template('db', {
    'service.hrd': "category = database\ndependencies.1 = name:base\nprocess.1 =\n    cmd:sleep,\n    args:1000,\n    prio:7,\n",
    'instance.hrd': "param.port = @ASK type:int descr:'port of the database' minValue:1 maxValue:65535\nparam.password = @ASK type:password\n",
    'actions.sh': `#!/bin/sh
case $1 in
configure) echo "port $HRD_INSTANCE_PARAM_PORT"; test -e "${licence()}" || { echo no licence; exit 3; } ;;
execute) echo ran on $HRD_SERVICE_INSTANCE ;;
monitor) echo '{"load": 3}' > "$GRID_RESULT" ;;
esac
`,
  });
});
afterAll(() => grid.end());

const licence = () => join(grid.home, 'licence');
const model = (...path: string[]) => join(grid.home, 'environment', ...path);

function template(name: string, files: Record<string, string>): void {
  mkdirSync(model('servicetemplates', `local__${name}`), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(model('servicetemplates', `local__${name}`, file), text);
}

const ays = (words: string, options: RunOptions = {}): Promise<Ran> => run(['ays', ...words.split(' ')], { ...options, env: { GRID_API: grid.api, ...options.env } });

test('an environment is installed, looked at, used and taken away from the command line', async () => {
  expect(await ays('install -n db')).toMatchObject({ code: 1, stderr: expect.stringMatching(/param\.password[^]*param\.port[^]*fix: add --data 'param\.password:… param\.port:…'/) });

  const blocked = await ays('install -n db', { typed: ['hunter2\r', 'none\r', '27018\r', 'env:PATH\r'] });
  expect(blocked).toMatchObject({ code: 3, stderr: expect.stringMatching(/is not a whole number from 1 to 65535[^]*is a password, and what is given would stand in git/) });
  expect(blocked.stderr + blocked.stdout).not.toContain('hunter2');
  expect(blocked.stdout).toMatch(/install is blocked[^]*port 27018\n +no licence\n[^]*grid retry instance\/local__db__main/);
  expect(await ays('status')).toMatchObject({ code: 1, stdout: expect.stringMatching(/^local +db +main +7 HALTED$/m) });

  writeFileSync(licence(), '');
  expect(await ays('install -n db')).toMatchObject({ code: 0, stdout: expect.stringContaining('Latest local__base__main already installed') });
  const written = readFileSync(model('services', 'local__db__main', 'service.hrd'), 'utf8');
  expect(written).toMatch(/^instance\.param\.port += '27018'$/m);
  expect(written).toMatch(/^instance\.param\.password += 'env:PATH'$/m);
  expect(await ays('status -n db')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^local +db +main +7 RUNNING$/m) });
  expect((await ays('list')).stdout).toMatch(/^grid +redis\n[^]*^local +db$/m);

  expect(await ays('install -n base -i kid --parent local__db__main')).toMatchObject({ code: 0 });
  expect((await ays('list --installed --parent local__db__main')).stdout).toMatch(/^local +base +kid +local__db__main$/m);
  expect((await ays('hrdpath -i kid')).stdout).toBe(`${model('services', 'local__db__main', 'local__base__kid')}\n`);

  expect(await ays('execute -n db -q --cmd uptime')).toMatchObject({ code: 0, stdout: 'ran on main\n' });
  expect(await ays('monitor -n db -q')).toMatchObject({ code: 0, stdout: '{"load":3}\n' });
  expect(await ays('stop -n db')).toMatchObject({ code: 0 });
  expect((await ays('status -n db')).code).toBe(1);

  expect(await ays('reset -n base -i main')).toMatchObject({ code: 1, stderr: expect.stringContaining('local__db__main') });
  const { request, plan, state } = JSON.parse((await ays('reset -n db --json')).stdout) as RunDocument;
  expect({ verb: request.verb, state }).toEqual({ verb: 'reset', state: 'done' });
  expect(plan!.removed).toContain('local__db__main');
  expect((await ays('start -n db')).code).toBe(4);

  const { stdout: log } = await promisify(execFile)('git', ['-C', model(), 'log', '--format=%s by %an']);
  expect(log).toMatch(/^reset .+ by test$[^]*^install .+ by test$/m);
});

test('the command `ays` is `grid ays`', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'cli/ays.mjs'), 'hrdpath'], { env: grid.env });
  expect(stdout).toBe(`${model()}\n`);
  expect((JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { bin: object }).bin).toMatchObject({ ays: 'cli/ays.mjs' });
});
