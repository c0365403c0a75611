import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { statProcess } from '../../activities/processes/identity';
import type { InstanceSpec } from '../../model/services/agent_protocol';
import { openAgentGround, type AgentGround } from './support/agent_ground';
import { recipeOf, SERVER } from './support/recipe_of';

let ground: AgentGround;
beforeAll(async () => { ground = await openAgentGround(); });
// What a failed test left, so that it fails alone.
afterEach(() => ground.removeAll());
afterAll(() => ground.close());

const up = async (name: string, files = recipeOf(), more: Partial<InstanceSpec> = {}) => {
  const spec = await ground.spec(name, files, more);
  await ground.install(spec);
  await ground.start(spec);
  return spec;
};
const down = async (spec: InstanceSpec) => {
  await ground.remove(spec);
  expect(await ground.workloads()).toEqual([]);
};
const pidOf = async (spec: InstanceSpec) => (await ground.vitals(spec))!.processes[0]!.pid!;
const answer = async (port = 9100) => Number(await (await fetch(`http://${ground.address}:${port}`)).text());

test('a process that is killed is started again after longer and longer pauses, counted, and the instance told of it; the count goes on with the next agent', async () => {
  const spec = await up('killed');
  const first = await pidOf(spec);
  expect(await answer()).toBe(first);
  const pauses: number[] = [];
  for (const restarts of [1, 2]) {
    const killedAt = performance.now();
    process.kill(await pidOf(spec), 'SIGKILL');
    await ground.untilVitals(spec, (v) => v.health === 'failing' && /process .* ended by SIGKILL/.test(v.reason!));
    await ground.untilVitals(spec, (v) => v.health === 'ok' && v.processes[0]!.restarts === restarts);
    pauses.push(performance.now() - killedAt);
  }
  expect(pauses[0]).toBeGreaterThan(500);
  expect(pauses[1]).toBeGreaterThan(1_000);
  expect(await pidOf(spec)).not.toBe(first);
  const told = await ground.untilTold(spec, (last) => last.health === 'ok' && last.processes[0]!.restarts === 2);
  expect(told.map((one) => one.health)).toEqual(expect.arrayContaining(['ok', 'failing']));
  expect(told.at(-1)!.processes[0]!.lastExit).toContain('SIGKILL');

  const before = await pidOf(spec);
  await ground.killAgent();
  await ground.untilVitals(spec, (v) => v.health === 'ok' && v.processes[0]!.restarts === 2 && v.processes[0]!.pid === before);
  process.kill(before, 'SIGKILL');
  await ground.untilVitals(spec, (v) => v.health === 'ok' && v.processes[0]!.restarts === 3);
  await down(spec);
});

test('a process that ended while no agent was there is started again by the next one, and counted', async () => {
  const spec = await up('orphan');
  const [pid, agent] = [await pidOf(spec), await ground.agentPid()];
  process.kill(agent, 'SIGKILL');
  process.kill(pid, 'SIGKILL');
  await ground.untilHellosAfter(agent);
  expect(await ground.untilVitals(spec, (v) => v.health === 'ok')).toMatchObject({ processes: [{ restarts: 1 }] });
  await down(spec);
});

test('what was stopped stays stopped when the agent comes anew, and starts anew from nothing', async () => {
  const spec = await up('stopped');
  await ground.stop(spec);
  await ground.killAgent();
  expect(await ground.vitals(spec)).toMatchObject({ health: 'stopped', processes: [] });
  expect(await ground.workloads()).toEqual([]);
  await ground.start(spec);
  expect(await ground.vitals(spec)).toMatchObject({ health: 'ok', processes: [{ restarts: 0 }] });
  await down(spec);
});

test('an instance whose service stops answering is failing, with the reason, and well again when it answers', async () => {
  const server = `
    let well = true;
    require('node:http').createServer((request, response) => {
      if (request.url === '/toggle') well = !well;
      response.statusCode = well ? 200 : 503;
      response.end();
    }).listen(Number(process.argv[2]), process.env.GRID_ADDRESS);`;
  const spec = await up('sick', recipeOf({ server, hrd: 'check.http = /health\ncheck.interval = 1\n' }));
  await fetch(`http://${ground.address}:9100/toggle`);
  const failing = await ground.untilVitals(spec, (v) => v.health === 'failing');
  expect(failing.reason).toBe(`http://${ground.address}:9100/health answers 503`);
  await fetch(`http://${ground.address}:9100/toggle`);
  await ground.untilVitals(spec, (v) => v.health === 'ok');
  await down(spec);
});

describe('a start that cannot end well says why, and leaves nothing running', () => {
  const cases: [string, Record<string, string>, object][] = [
    ['its port never opens', recipeOf({ server: 'console.log("at home elsewhere"); setInterval(() => {}, 1000)', process: '    timeout_start:1,' }),
      { status: 504, code: 'port_not_open', message: expect.stringMatching(/^instance \S+ does not work within 1 s: nothing answers on 127\.\S+:9100$/), fix: expect.stringContaining('timeout_start'), evidence: 'at home elsewhere\n' }],
    ['its process ends', recipeOf({ server: 'console.error("no licence"); process.exit(3)' }),
      { status: 409, code: 'process_ended', message: expect.stringMatching(/process \S+ ended with 3 at .*: no licence/), fix: expect.stringContaining('retry') }],
    ['its action check never says yes', recipeOf({ process: '    timeout_start:1,', files: { 'actions.js': 'exports.check = () => { console.log("no data yet"); return false; }' } }),
      { status: 504, code: 'check_failed', message: expect.stringContaining('its action check answers false'), evidence: 'no data yet\n' }],
    ['its action start fails', recipeOf({ files: { 'actions.py': 'def start(context):\n    raise ValueError("not today")\n' } }),
      { status: 409, code: 'action_failed', message: expect.stringMatching(/its action start ended with 1: ValueError: not today$/) }],
  ];
  test.each(cases)('%s', async (_, files, problem) => {
    const spec = await ground.spec('never', files);
    await ground.install(spec);
    await expect(ground.start(spec)).rejects.toMatchObject(problem);
    expect(await ground.workloads()).toEqual([]);
    expect(await ground.vitals(spec)).toMatchObject({ health: 'stopped' });
    await down(spec);
  });

  test('somebody else has its port', async () => {
    const holder = await up('holder');
    const spec = await ground.spec('late', recipeOf());
    await ground.install(spec);
    await expect(ground.start(spec)).rejects.toMatchObject({ status: 409, code: 'port_taken', message: expect.stringContaining(':9100') });
    expect(await answer()).toBe(await pidOf(holder));
    await ground.remove(spec);
    await down(holder);
  });

  test('its program is not there: the line that installs it is the fix', async () => {
    const files = { 'service.hrd': 'ubuntu.packages = moonbase-server, moonbase-tools\nprocess.1 =\n    cmd:moonbase,\n' };
    const spec = await ground.spec('missing', files);
    await expect(ground.install(spec)).rejects.toMatchObject({ status: 503, code: 'program_missing', message: expect.stringContaining('moonbase is not installed'), fix: 'apt-get install moonbase-server moonbase-tools; then retry.' });
    await ground.remove(spec);
  });
});

test('several processes start in the order of their prio, each is kept, and stop in reverse order', async () => {
  const journal = (name: string) => `
    const { appendFileSync } = require('node:fs');
    appendFileSync('journal', 'start ${name}\\n');
    process.on('SIGTERM', () => { appendFileSync('journal', 'stop ${name}\\n'); process.exit(0); });
    setInterval(() => {}, 1000);`;
  const spec = await up('several', {
    'service.hrd': `process.1 =\n    cmd:node,\n    args:late.js,\n    prio:20,\n\nprocess.2 =\n    name:early,\n    cmd:node,\n    args:early.js,\n    prio:5,\n`,
    'late.js': journal('late'), 'early.js': journal('early'),
  });
  const file = join(ground.root, 'services', `grid__${spec.service}__0`, 'journal');
  while (!existsSync(file) || readFileSync(file, 'utf8').split('\n').length < 3) await new Promise((soon) => setTimeout(soon, 50));
  expect((await ground.vitals(spec))!.processes.map((one) => one.name)).toEqual(['early', `${spec.service}_0.0`]);
  await ground.stop(spec);
  expect(readFileSync(file, 'utf8').split('\n').slice(2)).toEqual(['stop late', 'stop early', '']);
  await down(spec);
});

test('every activity may run twice, one after the other and at the same time, and the instance is there once', async () => {
  const files = recipeOf({ files: { 'actions.sh': 'case $1 in prepare|configure|start|stop|uninstall) echo "$1" ;; esac\n' } });
  const spec = await ground.spec('twice', files);
  const log = () => readFileSync(join(ground.root, 'services', `grid__${spec.service}__0`, 'log.txt'), 'utf8').split('\n').filter((line) => /^[a-z]+$/.test(line));
  const twice = async (verb: 'install' | 'start' | 'stop' | 'remove') => {
    await Promise.all([ground[verb](spec), ground[verb](spec)]);
    await ground[verb](spec);
  };
  await twice('install');
  await twice('start');
  expect(log()).toEqual(['prepare', 'configure', 'start']);
  const pid = await pidOf(spec);
  expect(await answer()).toBe(pid);
  await ground.start({ ...spec, actionTimeoutMs: 1_000 });
  expect(await pidOf(spec)).toBe(pid);
  await twice('stop');
  expect(log()).toEqual(['prepare', 'configure', 'start', 'stop']);
  await twice('remove');
  expect(await ground.list()).toEqual([]);
  await expect(ground.start(spec)).rejects.toMatchObject({ status: 409, code: 'not_installed' });
});

test('a new generation stops the old one and takes its place; files that it does not bring any more are gone', async () => {
  const old = await up('changed', recipeOf({ files: { 'old.txt': 'old', 'lib/old.js': '' } }));
  const oldPid = await pidOf(old);
  const spec = await ground.spec('changed', recipeOf({ server: SERVER.replace('String(process.pid)', '"new"') }), { generation: 2 });
  await expect(ground.start(spec)).rejects.toMatchObject({ code: 'not_installed' });
  await ground.install(spec);
  expect(existsSync(`/proc/${oldPid}`)).toBe(false);
  await ground.start(spec);
  expect(await (await fetch(`http://${ground.address}:9100`)).text()).toBe('new');
  const dir = join(ground.root, 'services', `grid__${spec.service}__0`);
  expect(existsSync(join(dir, 'old.txt'))).toBe(false);
  expect(readFileSync(join(dir, 'installed.version'), 'utf8').trim()).toBe(spec.recipe.checksum);
  expect(readFileSync(join(dir, 'service.hrd'), 'utf8').split('\n')[0]).toMatch(/^instance\.param\.port\s+= '9100'$/);
  await down(spec);
});

test('with its machine everything of an instance ends, also what lost its labels and does not listen', async () => {
  const other = await openAgentGround();
  const spec = await other.spec('stubborn', {
    'service.hrd': `process.1 =\n    cmd:env,\n    args:'-i /bin/sh stubborn.sh',\n`,
    'stubborn.sh': `trap '' TERM\nwhile :; do /bin/sleep 1; done\n`,
  });
  await other.install(spec);
  await other.start(spec);
  const { pid } = (await other.vitals(spec))!.processes[0]!;
  expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).not.toContain('GRID_');
  await other.close();
  // Whoever it was given to may not have taken note of its death.
  expect(statProcess(pid!)?.alive ?? false).toBe(false);
});
