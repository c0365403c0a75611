import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../config';
import { scanProcesses } from '../../activities/processes/scan';
import type { InstanceSpec } from '../../model/services/agent_protocol';
import { openAgentGround, type AgentGround } from './support/agent_ground';
import { onlyActions, recipeOf } from './support/recipe_of';

let ground: AgentGround;
beforeAll(async () => { ground = await openAgentGround(); });
afterEach(async () => {
  await ground.removeAll();
  expect(await actionsOf()).toEqual([]);
  expect(actionFiles()).toEqual([]);
});
afterAll(() => ground.close());

const actionsOf = async () => (await scanProcesses()).filter((one) => one.environ.includes(`\0GRID_ID=${ground.grid}\0`) && one.environ.includes('\0GRID_ACTION=')).map((one) => one.pid);
const actionFiles = () => (existsSync(join(ground.root, 'actions')) ? readdirSync(join(ground.root, 'actions')) : []);
const read = (spec: InstanceSpec, file: string) => readFileSync(join(ground.root, 'services', `grid__${spec.service}__0`, file), 'utf8');

describe('an actions file in each language gets the same context and gives its result', () => {
  const instanceHrd = `param.colour = @ASK name:colour\n\nparam.list = one, two\n`;
  const wanted = { action: 'monitor', port: '9100', colour: 'sky blue', list: ['one', 'two'], address: expect.any(String), number: expect.any(Number) };
  const js = (types: string) => `
    ${types ? 'export ' : 'exports.monitor = '}async function monitor(context${types}) {
      const { action, service, hrd, machine } = context;
      await new Promise((soon) => setTimeout(soon, 10));
      require('node:fs').writeFileSync('seen.json', JSON.stringify({ action, port: hrd['instance.param.port'], colour: hrd['instance.param.colour'], list: hrd['instance.param.list'], address: machine.address, number: machine.number }));
      return { depth: 7, name: service.name, skipped: [1] };
    }
    setInterval(() => {}, 1000);`;
  const python = `
import json
def monitor(context):
    hrd, machine = context['hrd'], context['machine']
    with open('seen.json', 'w') as f:
        json.dump({'action': context['action'], 'port': hrd['instance.param.port'], 'colour': hrd['instance.param.colour'], 'list': hrd['instance.param.list'], 'address': machine['address'], 'number': machine['number']}, f)
    return {'depth': 7, 'name': context['service']['name']}
`;
  const shell = `
case "$1" in
  monitor)
    printf '{"action":"%s","port":"%s","colour":"%s","list":["%s"],"address":"%s","number":0}' "$1" "$HRD_INSTANCE_PARAM_PORT" "$HRD_INSTANCE_PARAM_COLOUR" "$(echo "$HRD_INSTANCE_PARAM_LIST" | sed 's/,/","/')" "$GRID_ADDRESS" >seen.json
    printf '{"depth":7,"name":"%s"}' "$HRD_SERVICE_NAME" >"$GRID_RESULT" ;;
esac
`;
  test.each([
    ['JavaScript', 'actions.js', js('')], ['TypeScript', 'actions.ts', js(': { action: string; service: any; hrd: Record<string, unknown>; machine: any }')],
    ['Python', 'actions.py', python], ['shell', 'actions.sh', shell],
  ])('%s', async (_, file, text) => {
    const spec = await ground.spec('language', recipeOf({ instanceHrd, files: { [file]: text } }), { data: { colour: 'sky blue' } });
    await ground.install(spec);
    await ground.start(spec);
    const { values } = await ground.untilVitals(spec, (v) => v.values['depth'] === 7);
    expect(values).toMatchObject({ depth: 7, name: spec.service, mem_mib: expect.any(Number) });
    expect(values).not.toHaveProperty('skipped');
    expect(JSON.parse(read(spec, 'seen.json'))).toEqual(wanted);
  });
});

const samples = [...readFileSync(join(projectRoot(), 'docs/recipes.md'), 'utf8').matchAll(/^```(\w+)\n([^`]*data_export[^`]*)^```$/gm)].map(([, language, text]) => [language!, text!] as const);

test('recipes.md shows an action in every language', () => expect(samples.map(([language]) => language)).toEqual(['js', 'ts', 'py', 'sh']));

test.each(samples)('the one in %s does what recipes.md says', async (language, text) => {
  const spec = await ground.spec('sample', { ...onlyActions(language, text), 'page.html': 'a page' });
  await ground.install(spec);
  const url = join(ground.root, `exported-${language}`);
  expect(await ground.call('performAction', [spec, { action: 'data_export', args: { url } }])).toMatchObject({ result: { location: url } });
  expect(readFileSync(url, 'utf8')).toBe('a page');
});

describe('an action that does not end well is blocked with what it printed, and leaves nothing behind', () => {
  const fork = `require('node:child_process').spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });`;
  const cases: [string, string, object][] = [
    ['hangs', `${fork} console.log('waiting for the moon'); return new Promise(() => setInterval(() => {}, 1000));`,
      { status: 504, code: 'action_timed_out', message: expect.stringContaining('its action configure did not end within 1 s'), evidence: 'waiting for the moon\n' }],
    ['hangs and hears nothing', `console.log('busy'); for (;;);`, { status: 504, code: 'action_timed_out', evidence: 'busy\n' }],
    ['fails', `${fork} console.log('one'); throw new Error('no moon');`,
      { status: 409, code: 'action_failed', message: expect.stringContaining('its action configure ended with 1'), evidence: expect.stringMatching(/^one\nError: no moon\n {4}at (exports\.)?configure/) }],
    ['ends by itself', `process.exit(4);`, { status: 409, code: 'action_failed', message: expect.stringContaining('ended with 4') }],
    ['floods', `require('node:child_process').execFileSync('yes', { stdio: 'inherit' });`, { status: 409, code: 'action_flooded', evidence: expect.stringMatching(/^[y\n]{4096}$/) }],
    ['answers more than anybody reads', `return 'x'.repeat(100_000);`, { status: 409, code: 'action_failed', message: expect.stringContaining('more than 64 KiB') }],
  ];
  test.each(cases)('one that %s', async (_, body, problem) => {
    const spec = await ground.spec('bad', onlyActions('js', `exports.configure = () => { ${body} };`), { actionTimeoutMs: body.includes('yes') ? 30_000 : 1_000 });
    const failed = ground.install(spec);
    await expect(failed).rejects.toMatchObject({ ...problem, fix: expect.stringContaining('retry') });
    const shown = JSON.stringify(await failed.catch((error: unknown) => error));
    expect(shown).not.toContain(ground.root);
    expect(await actionsOf()).toEqual([]);
    expect(read(spec, 'log.txt')).toMatch(/== \S+ configure: action_/);
    // Longer than an action that did not end may print to anybody.
    expect(shown.length).toBeLessThan(20_000);
  });

  test('one that is no JavaScript: said before anything of it is run', async () => {
    const spec = await ground.spec('syntax', onlyActions('js', 'exports.configure = () => {'));
    await expect(ground.install(spec)).rejects.toMatchObject({ status: 400, code: 'broken_actions', evidence: expect.stringContaining('SyntaxError') });
  });

  test('a stop action that fails does not keep the processes alive, and is not asked twice', async () => {
    const spec = await ground.spec('stubborn', recipeOf({ files: { 'actions.sh': 'case $1 in stop) echo "will not"; exit 5 ;; esac\n' } }));
    await ground.install(spec);
    await ground.start(spec);
    await expect(ground.stop(spec)).rejects.toMatchObject({ code: 'action_failed', message: expect.stringContaining('stop ended with 5: will not') });
    expect(await ground.workloads()).toEqual([]);
    expect(await ground.stop(spec)).toEqual({ output: '' });
  });
});

test('steps that are done are not done again: after a failure, and after the agent was killed in the middle', async () => {
  const actions = `
    const { appendFileSync, existsSync } = require('node:fs');
    const note = (what) => appendFileSync('journal', what + '\\n');
    exports.prepare = () => note('prepare');
    exports.configure = async () => {
      note('configure');
      if (!existsSync('slow')) { appendFileSync('slow', ''); note('pid ' + process.pid); await new Promise((late) => setTimeout(late, 60_000)); }
      if (!existsSync('fixed')) { appendFileSync('fixed', ''); throw new Error('once'); }
      console.log('configured');
    };`;
  const spec = await ground.spec('steps', onlyActions('js', actions), { actionTimeoutMs: 30_000 });
  const first = ground.install(spec).catch((error: unknown) => error);
  const journal = () => read(spec, 'journal').trim().split('\n');
  while (!existsSync(join(ground.root, 'services', `grid__${spec.service}__0`, 'slow')) || journal().length < 3) await sleep(50);
  const pid = Number(journal()[2]!.split(' ')[1]);
  await ground.killAgent();
  expect(await first).toBeInstanceOf(Error);
  expect(existsSync(`/proc/${pid}`)).toBe(false);
  await expect(ground.install(spec)).rejects.toMatchObject({ code: 'action_failed' });
  expect(await ground.install(spec)).toEqual({ output: 'configured\n' });
  expect(journal().filter((line) => !line.startsWith('pid'))).toEqual(['prepare', 'configure', 'configure', 'configure']);
});

describe('a recipe that cannot be kept is refused before anything of it is run', () => {
  const process = (fields: string) => ({ 'service.hrd': `process.1 =\n${fields}\n` });
  const cases: [string, Record<string, string>, object][] = [
    ['something to build', { 'service.hrd': 'git.build.1 =\n    url:here,\n' }, { status: 422, code: 'unsupported_recipe', message: expect.stringContaining('git.build.1') }],
    ['a dependency', { 'service.hrd': 'dependencies.1 =\n    name:redis,\n' }, { status: 422, code: 'unsupported_recipe' }],
    ['a shell line', process(`    cmd:'echo hello; reboot',`), { status: 400, code: 'unsupported_process', message: expect.stringContaining('; means something to a shell only') }],
    ['another user', process('    cmd:node,\n    user:tomcat,'), { status: 400, code: 'unsupported_process', message: expect.stringContaining('user tomcat is not supported') }],
    ['another platform', process('    cmd:node,\n    platform:windows,'), { status: 400, code: 'unsupported_process' }],
    ['a field that there is not', process('    cmd:node,\n    memory:12,'), { status: 400, code: 'unsupported_process', message: expect.stringContaining('memory') }],
    ['a port that is none', process('    cmd:node,\n    ports:99999,'), { status: 400, code: 'unsupported_process', message: expect.stringContaining('99999 is not a port') }],
    ['no program', process('    args:x,'), { status: 400, code: 'unsupported_process' }],
    ['a check without a port', { 'service.hrd': 'check.http = /\nprocess.1 =\n    cmd:node,\n' }, { status: 400, code: 'unsupported_recipe' }],
    ['an answer that is missing', { ...process('    cmd:node,'), 'instance.hrd': `param.user = @ASK descr:'whose it is'\n` }, { status: 400, code: 'missing_value', message: expect.stringContaining('param.user (whose it is)') }],
  ];
  test.each(cases)('%s', async (_, files, problem) => {
    const spec = await ground.spec('refused', files);
    await expect(ground.install(spec)).rejects.toMatchObject(problem);
  });

  test.each(['../../escaped', '/etc/passwd', 'state.json', 'a//b', '.hidden', 'a/../b'])('a file called %s', async (path) => {
    const spec = await ground.spec('paths', { 'service.hrd': 'category = x\n', [path]: 'x' });
    await expect(ground.install(spec)).rejects.toMatchObject({ status: 400, code: 'broken_recipe' });
    expect(existsSync(join(ground.root, 'services', 'escaped'))).toBe(false);
  });

  test('files that are not those of the checksum', async () => {
    const spec = await ground.spec('swapped', onlyActions('js', ''));
    await expect(ground.install({ ...spec, recipe: { ...spec.recipe, checksum: '0'.repeat(64) } })).rejects.toMatchObject({ status: 409, code: 'recipe_changed' });
  });

  test('a value from outside stays one word, whatever it holds', async () => {
    const server = `console.log(JSON.stringify(process.argv.slice(2)));` ;
    const spec = await ground.spec('words', {
      'service.hrd': `process.1 =\n    cmd:node,\n    args:'echo.js "a b" $(instance.param.text) end',\n`,
      'instance.hrd': 'param.text = @ASK\n', 'echo.js': server,
    }, { data: { 'param.text': `x; rm -rf / "y" 'z' $(service.name) #1` } });
    await ground.install(spec);
    const failed = await ground.start(spec).catch((error: { message: string }) => error.message);
    expect(failed).toContain(JSON.stringify(['a b', `x; rm -rf / "y" 'z' ${spec.service} #1`, 'end']));
  });
});
