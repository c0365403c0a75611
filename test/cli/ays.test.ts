import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../cli/exit';
import type { EnvironmentService } from '../../cli/wire';
import { newModelled, viewModelled } from '../../model/environment/modelled_instance';
import type { OrderIs } from '../../model/environment/orders';
import { newRun, stepsOf, taskStep, viewRun, type Run, type RunTask, type RunVerb } from '../../model/environment/run';
import { beginOperation, blockStep, endOperation, endStep, enter, startAttempt, stepNamed } from '../../model/lifecycle';
import { problem, problems } from '../../model/errors';
import { grid, type RunOptions } from '../support/cli';
import { at, SCRIPT_FAILED } from '../support/cli_documents';
import { recordedGrid, type Recorded, type RecordedGrid } from '../support/recorded_grid';

const RUNS = 'POST /api/v1/environment/runs';
const SERVICES = 'GET /api/v1/environment/services';
const RUN = 'GET /api/v1/lifecycles/run/r1';

let server: RecordedGrid | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function ays(words: string[], recorded: Record<string, Recorded> = {}, options: RunOptions = {}) {
  server = await recordedGrid({ [RUNS]: { status: 202, body: { id: 'run/r1', url: '' } }, [RUN]: { body: ended() }, ...recorded });
  return grid(['ays', ...words], { ...options, env: { GRID_API: server.api, ...options.env } });
}
const posted = () => server!.asked.filter((a) => a.line === RUNS).map((a) => a.body);

// ---- documents, made by the model's own functions ----

const tasks: RunTask[] = ['local__kid__main', 'local__db__main'].map((path, i) => ({ path, verb: 'install', node: null, after: i === 0 ? [] : ['local__kid__main'] }));

function running(verb: RunVerb = 'install'): Run {
  const run = newRun({ id: 'r1', fingerprint: '', request: { verb, actor: 'test', selection: { name: 'db' } } }, at(0));
  run.plan = { tasks, machines: [], commit: 'c', removed: [], released: [], stays: [] };
  beginOperation(run, verb, stepsOf(run.plan), at(0));
  enter(run, 'running', at(0));
  return run;
}

function says(run: Run, task: RunTask, said: Pick<OrderIs, 'state'> & Partial<OrderIs>): void {
  const step = stepNamed(run, taskStep(task));
  if (step.state === 'pending') startAttempt(run, step, undefined, at(1));
  run.said[task.path] = { order: 'r1#0', path: task.path, reason: '', ...said };
  step.waitingFor = run.said[task.path]!.reason;
  if (said.state === 'done' || said.state === 'failed') endStep(run, step, said.state, at(2));
  run.revision += 1;
}

function ended(verb: RunVerb = 'install', said: Partial<OrderIs>[] = []): object {
  const run = running(verb);
  tasks.forEach((task, i) => says(run, task, { state: 'done', ...said[i] }));
  endOperation(run, 'done', at(3));
  enter(run, said.some((one) => one.state === 'failed') ? 'failed' : 'done', at(3));
  return viewRun(run);
}

const service = (name: string, more: Partial<EnvironmentService> = {}): EnvironmentService => ({
  path: `local__${name}__main`, domain: 'local', name, instance: 'main', parent: null, categories: [], producers: {}, processes: 1, ports: [], prio: 199,
  state: 'INSTANCE_STARTED', health: 'ok', agent: 0, reason: null, conditions: [], ...more,
});
const services = (...list: EnvironmentService[]): Record<string, Recorded> => ({ [SERVICES]: { body: { path: '/home/grid/environment', commit: 'c', services: list } } });

const missing = (...keys: string[]) => problems(keys.map((key) => problem(400, 'missing_value', `local__db__main asks for ${key}, which was not given`, 'Give it.', { field: `instance.${key}` })));
const refused = (body: object): { status: number; body: object } => ({ status: 400, body });

describe('what is asked of the grid', () => {
  const dir = mkdtempSync(join(tmpdir(), 'ays-'));
  const seed = join(dir, 'seed');
  writeFileSync(seed, 'local.db.main.port = 1\n');
  afterAll(() => rmSync(dir, { recursive: true }));

  test.each<[string, object]>([
    ['install -n db', { verb: 'install', name: 'db' }],
    ['install -n db -d local -i two --parent local__kid__main --data a:1 --data b=2#c=3 -r -s --no-start -f', { verb: 'install', name: 'db', domain: 'local', instance: 'two', parent: 'local__kid__main', data: { a: '1', b: '2', c: '3' }, reinstall: true, nodeps: true, start: false, force: true }],
    ['install -n db -tn n1 -tt node.ssh --consume database:main', { verb: 'install', name: 'db', consume: [{ category: 'database', producer: 'main' }, { category: 'node', producer: 'n1' }], targetType: 'node.ssh' }],
    [`install -n db -hs ${seed}`, { verb: 'install', name: 'db', seed: 'local.db.main.port = 1\n' }],
    ['start', { verb: 'start' }],
    ['stop --immediate', { verb: 'stop', immediate: true }],
    ['restart -n db --nodeps', { verb: 'restart', name: 'db', nodeps: true }],
    ['execute -n db --cmd uptime', { verb: 'execute', name: 'db', args: { cmd: 'uptime' } }],
    ['export -n db --url file:///x', { verb: 'export', name: 'db', args: { url: 'file:///x' } }],
    ['import -n db --id 2', { verb: 'import', name: 'db', args: { id: '2' } }],
    ['mdupdate -d acme', { verb: 'mdupdate', domain: 'acme' }],
    ['reset -i main', { verb: 'reset', instance: 'main' }],
    ['uninstall -f', { verb: 'uninstall', force: true }],
  ])('ays %s', async (words, body) => {
    expect((await ays(words.split(' '))).code).toBe(EXIT.ok);
    expect(posted()).toEqual([body]);
  });

  test.each([
    'push -n db', 'console', 'makelocal --x', 'resetstate', 'install', 'install -n db -hr', 'install -n db --offline', 'uninstall', 'reset', 'removedata', 'start -n db -tn n1', 'install -n db -tt node.ssh',
    'install -n db --data nonsense', 'install -n db --consume database', 'install -n db -hs /nowhere/seed', 'execute -n db', 'import -n db --id 1 --url x', 'consume -n db --category x', 'consume --category x --producer y', 'install -n db --local -tn n1', 'nonsense',
  ])('ays %s is wrong use, says so in a sentence, and asks nothing of the grid', async (words) => {
    const { code, stderr } = await ays(words.split(' '));
    expect(code).toBe(EXIT.usage);
    expect(stderr).toMatch(/^error: \S/);
    expect(server!.lines()).toEqual([]);
  });

  test('--local is for what is done on the machine of the grid', async () => {
    expect((await ays(['stop', '-n', 'db', '--local'], services(service('db')))).code).toBe(EXIT.ok);
    expect(posted()).toEqual([{ verb: 'stop', name: 'db' }]);
    await server!.close();
    expect(await ays(['stop', '-n', 'db', '--noremote'], services(service('db', { producers: { node: 'n1' } })))).toMatchObject({ code: EXIT.usage, stderr: expect.stringContaining('local__db__main is on the node n1') });
    expect(posted()).toEqual([]);
  });

  test('consume says first what it changes', async () => {
    const { stderr } = await ays(['consume', '-n', 'web', '--category', 'database', '--producer', 'other'], services(service('web', { producers: { database: 'main' } })));
    expect(stderr).toBe('local__web__main: database main → other\n');
    expect(posted()).toEqual([{ verb: 'consume', name: 'web', consume: [{ category: 'database', producer: 'other' }] }]);
  });
});

describe('questions', () => {
  const asked: Record<string, Recorded> = { [RUNS]: [refused(missing('param.password', 'param.port')), refused(problem(400, 'invalid_hrd_value', 'instance.param.port: "x" is not a whole number', 'Give one.', { field: 'instance.param.port' })), { status: 202, body: { id: 'run/r1' } }] };
  const typing = { typed: ['hunter2\r', 'x\r', '99\r'] };

  test('on a terminal each is asked, again where the answer is refused; a password is not shown', async () => {
    const { code, stderr, stdout } = await ays(['install', '-n', 'db', '--data', 'a:1'], asked, typing);
    expect(code).toBe(EXIT.ok);
    expect(posted().at(-1)).toEqual({ verb: 'install', name: 'db', data: { a: '1', 'param.password': 'hunter2', 'param.port': '99' } });
    expect(stderr).toMatch(/asks for param\.password[^]*param\.password: [^]*param\.port: [^]*"x" is not a whole number[^]*param\.port: /);
    expect(stderr).toContain('99');
    expect(stderr + stdout).not.toContain('hunter2');
  });

  test('where the grid says what a question is, its type and choices are shown, and each service gets its own answer', async () => {
    const about = (path: string, more: object) => ({ ...missing('param.size'), question: { path, ...more } });
    const both = { ...missing('param.size'), problems: [about('local__db__main', { type: 'dropdown', dropdownvals: ['big', 'small'] }), about('local__db__main/local__kid__two', { type: 'multiline' })] };
    const { stderr } = await ays(['install', '-n', 'db'], { [RUNS]: [refused(both), { status: 202, body: { id: 'run/r1' } }] }, { typed: ['small\r', "line 1\rit's 2\r\r"] });
    expect(stderr).toContain('param.size (big, small): ');
    expect(posted().at(-1)).toEqual({ verb: 'install', name: 'db', seed: "local.db.main.param.size = 'small'\n\nlocal.kid.two.param.size = 'line 1\\Nit\\u0027s 2'\n" });
  });

  test('an end of the input instead of an answer changes nothing', async () => {
    expect(await ays(['install', '-n', 'db'], asked, { typed: ['hunter2\r'] })).toMatchObject({ code: EXIT.interrupted, stderr: expect.stringContaining('nothing was changed') });
    expect(posted()).toHaveLength(1);
  });

  test('what is still not answered after an answer is not asked for ever', async () => {
    expect(await ays(['install', '-n', 'db'], { [RUNS]: refused(missing('param.port')) }, { typed: ['1\r', '1\r', '1\r'] })).toMatchObject({ code: EXIT.error, stderr: expect.stringContaining('install that one first') });
    expect(posted()).toHaveLength(2);
  });

  test.each([[[], {}], [['-q'], typing], [['--json'], typing]])('without a terminal, or with %j, all are listed with the line to give', async (words, options) => {
    const { code, stderr } = await ays(['install', '-n', 'db', ...words], { [RUNS]: refused(missing('param.password', 'param.port')) }, options);
    expect(code).toBe(EXIT.error);
    expect(stderr).toMatch(/asks for param\.password[^]*asks for param\.port/);
    expect(stderr).toContain("--data 'param.password:… param.port:…'");
    if (words[0] === '--json') expect(JSON.parse(stderr).error.problems.map((p: { field: string }) => p.field)).toEqual(['instance.param.password', 'instance.param.port']);
  });
});

describe('how it goes', () => {
  test('steps are shown as they go; what was there already is said at the end', async () => {
    const first = running();
    says(first, tasks[0]!, { state: 'running', reason: 'configure' });
    const { code, stdout } = await ays(['install', '-n', 'db'], { [RUN]: [{ body: viewRun(first) }, { body: ended('install', [{ reason: 'Latest local__kid__main already installed' }]) }] });
    expect(code).toBe(EXIT.ok);
    expect(stdout).toMatch(/running \(install local__kid__main, configure\)\n[^]*install of 2 services is done after 3\.0 s\nLatest local__kid__main already installed\n$/);
  });

  test('what a busy worker does not answer at once is not shown as less than is known', async () => {
    const { id, kind, state, operation } = viewRun(running());
    const { stdout } = await ays(['install', '-n', 'db'], { [RUN]: [{ body: viewRun(running()) }, { body: { id, kind, state, operation, stale: true, conditions: [] } }, { body: viewRun(running()) }, { body: ended() }] });
    expect(stdout.match(/running/g)).toHaveLength(1);
    expect(stdout).toContain('install of 2 services is done');
  });

  test('one that is blocked does not end the looking while another goes on; then it says why, how to go on, and ends with 3', async () => {
    const run = running();
    run.plan!.tasks[1]!.after = [];
    says(run, tasks[0]!, { state: 'blocked', reason: 'install: no licence' });
    says(run, tasks[1]!, { state: 'running' });
    const both = structuredClone(viewRun(run));
    says(run, tasks[1]!, { state: 'done' });
    const instance = newModelled({ path: 'local__kid__main', order: { id: 'r1#0', run: 'run/r1', verb: 'install', agent: 0 } }, at(0));
    beginOperation(instance, 'install', [{ name: 'install', retryable: true, skippable: false }], at(0));
    startAttempt(instance, stepNamed(instance, 'install'), undefined, at(0));
    blockStep(instance, stepNamed(instance, 'install'), SCRIPT_FAILED, at(1));
    const { code, stdout } = await ays(['install', '-n', 'db'], {
      [RUN]: [{ body: both }, { body: viewRun(run) }], 'GET /api/v1/lifecycles/instance/local__kid__main': { body: { ...viewModelled(instance), verbs: ['retry', 'abort'] } },
    });
    expect(code).toBe(EXIT.waiting);
    expect(server!.lines().filter((line) => line === RUN)).toHaveLength(2);
    expect(stdout).toMatch(/waits for a person[^]*install is blocked[^]*cannot reach the licence server[^]*grid retry instance\/local__kid__main[^]*run the same command again[^]*grid watch run\/r1/);
  });

  test('one that failed makes it end with 1 and its reason, whatever else went well', async () => {
    const failed = ended('start', [{ state: 'failed', reason: 'x', problem: problem(409, 'not_installed', 'local__kid__main is not installed', 'Install it first.') }, { state: 'done' }]);
    expect(await ays(['start'], { [RUN]: { body: failed } })).toMatchObject({ code: EXIT.error, stdout: expect.stringMatching(/start of 2 services: failed[^]*local__kid__main is not installed\nfix: Install it first\./) });
  });

  test('Ctrl-C ends the looking alone, and says how to look again', async () => {
    const stop = new AbortController();
    const { code, stderr } = await ays(['install', '-n', 'db'], { [RUN]: { body: viewRun(running()) } }, { signal: stop.signal, onWrite: () => stop.abort() });
    expect(code).toBe(EXIT.interrupted);
    expect(stderr).toContain('run/r1 goes on');
    expect(stderr).toContain('grid watch run/r1');
  });

  test('--no-wait says where to look, --json is the run and nothing else', async () => {
    expect(await ays(['start', '--no-wait'])).toMatchObject({ code: EXIT.ok, stdout: expect.stringContaining('grid watch run/r1') });
    await server!.close();
    expect(JSON.parse((await ays(['start', '--json'])).stdout)).toEqual(ended());
  });

  test.each<RunVerb>(['monitor', 'execute', 'export'])('%s prints what each service answered, -q nothing else', async (verb) => {
    const body = ended(verb, [{ output: 'up 3 days\n' }, { result: { load: 3 } }]);
    const { stdout } = await ays([verb, '-n', 'db', '-q', ...(verb === 'execute' ? ['--cmd', 'uptime'] : [])], { [RUN]: { body } });
    expect(stdout).toBe('local__kid__main\nup 3 days\nlocal__db__main\n{"load":3}\n');
  });

  test('what actions printed is printed with --verbose', async () => {
    const body = ended('install', [{ output: 'configured\n' }]);
    expect((await ays(['install', '-n', 'db'], { [RUN]: { body } })).stdout).not.toContain('configured');
    await server!.close();
    expect((await ays(['install', '-n', 'db', '--verbose'], { [RUN]: { body } })).stdout).toContain('local__kid__main\nconfigured\n');
  });
});

test('what a command printed on a node is printed once, and nothing else with -q', async () => {
  const said = [{ output: 'Linux\n', result: { exit: 0, stdout: 'Linux\n', stderr: '' } }];
  expect((await ays(['execute', '-n', 'db', '--cmd', 'uname', '-q'], { [RUN]: { body: ended('execute', said) } })).stdout).toBe('local__kid__main\nLinux\n');
});

describe('lists', () => {
  const all = services(
    service('web', { prio: 20, ports: ['80', '443'], state: 'INSTANCE_STOPPED' }), service('db', { prio: 20, domain: 'a', path: 'a__db__main' }), service('cache', { prio: 5 }), service('quiet', { health: 'failing' }),
    service('files', { processes: 0 }), service('node.ssh', { instance: 'n1', path: 'local__node.ssh__n1', categories: ['node'], processes: 0 }), service('kid', { parent: 'local__db__main', path: 'local__db__main/local__kid__main', producers: { node: 'n1' }, processes: 0 }),
  );

  test('status: services with processes in the order in which they start, ends with 1 when one is halted', async () => {
    expect(await ays(['status'], all)).toMatchObject({
      code: EXIT.error,
      stdout: `${[
        'DOMAIN          NAME                 Instance   Prio Status   Ports', '='.repeat(70),
        'local           cache                main          5 RUNNING', 'a               db                   main         20 RUNNING',
        'local           web                  main         20 HALTED   80 443', 'local           quiet                main        199 HALTED',
      ].join('\n')}\n`,
    });
    await server!.close();
    expect((await ays(['status', '-n', 'cache'], services(service('cache')))).code).toBe(EXIT.ok);
    expect(Object.fromEntries(server!.asked[0]!.query)).toEqual({ name: 'cache' });
  });

  test('list: templates, or with --installed services; nodes: those of the category', async () => {
    const templates = { 'GET /api/v1/environment/templates': { body: { templates: [{ domain: 'grid', name: 'redis', from: 'the catalog' }] } } };
    expect((await ays(['list'], templates)).stdout).toBe(`DOMAIN               NAME\n${'='.repeat(110)}\ngrid                 redis\n`);
    await server!.close();
    const { stdout } = await ays(['list', '--installed'], all);
    expect(stdout.split('\n')[0]).toMatch(/^DOMAIN +NAME +INSTANCE +PARENT$/);
    expect(stdout).toMatch(/^local +kid +main +local__db__main$/m);
    await server!.close();
    expect((await ays(['nodes'], all)).stdout).toBe(`TYPE            INSTANCE\n${'='.repeat(25)}\nnode.ssh        n1\n`);
  });

  test('exports: what each service exported, and where to', async () => {
    const exports = [{ id: 2, at: 1_700_000_060, state: 'ERROR' as const, run: 'run/b', location: '' }, { id: 1, at: 1_700_000_000, state: 'OK' as const, run: 'run/a', location: 's3://store/1' }];
    const { stdout } = await ays(['exports', '-n', 'db'], services(service('db', { exports })));
    expect(stdout).toMatch(/^SERVICE +ID STATE WHEN +LOCATION\n=+\nlocal__db__main +2 ERROR 2023-11-14T22:14:20.000Z\nlocal__db__main +1 OK +2023-11-14T22:13:20.000Z s3:\/\/store\/1\n$/);
    await server!.close();
    expect(JSON.parse((await ays(['exports', '--json'], services(service('db', { exports }), service('web')))).stdout)).toMatchObject({ exports: [{ path: 'local__db__main', id: 2 }, { id: 1 }] });
  });

  test('-tn and -tt show a node and what is on it', async () => {
    const paths = async (...words: string[]) => (JSON.parse((await ays(['list', '--installed', '--json', ...words], all)).stdout) as { services: { path: string }[] }).services.map(({ path }) => path);
    expect(await paths('-tn', 'n1')).toEqual(['local__node.ssh__n1', 'local__db__main/local__kid__main']);
    await server!.close();
    expect(await paths('-tt', 'node.docker')).toEqual([]);
  });

  test('on a terminal lines fit', async () => {
    for (const words of [['status'], ['list', '--installed'], ['nodes']]) {
      const { stdout } = await ays(words, all, { terminal: { columns: 44 }, env: { NO_COLOR: '1' } });
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(44);
      await server!.close();
    }
  });

  test('hrdpath: where the model is, or the services that are meant', async () => {
    expect((await ays(['hrdpath'], all)).stdout).toBe('/home/grid/environment\n');
    await server!.close();
    expect((await ays(['hrdpath', '-n', 'db'], services(service('db')))).stdout).toBe('/home/grid/environment/services/local__db__main\n');
  });

  test.each([['list'], ['list', '--installed'], ['status'], ['nodes'], ['exports'], ['hrdpath']])('%j %j is JSON with --json', async (...words) => {
    const { stdout } = await ays([...words, '--json'], { ...all, 'GET /api/v1/environment/templates': { body: { templates: [] } } });
    expect(Object.values(JSON.parse(stdout) as object)).toEqual([expect.any(Array)]);
  });
});
