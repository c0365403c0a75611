import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSshHost, type SshHost } from '../machines/ssh_ground';
import { addTemplate, ays as quietly, commits, runIs } from '../support/environment';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask } from '../support/http';
import { describeNeeding } from '../support/parts';
import { unreplayable } from '../support/replayed';
import { untilPath } from '../support/services';

/**
 * For an install and a reset of the environment, on the grid's own host and on another one: `kill -9` of each process that takes
 * part, in the middle of it. The model has one commit, the machine one process, and after the reset neither has anything.
 */
const ALL = ['api', 'control', 'temporal', 'agent'] as const;
type Victim = (typeof ALL)[number];
type Moments = [moment: string, victims: readonly Victim[]][];
const INSTALL: Moments = [
  ['changeModel.before', ['control']], ['changeModel.after', ['control']], ['takeAgent.after', ['control']], ['configure', ALL],
];
const RESET: Moments = [['uninstall', ALL], ['changeModel.after', ['control']]];
/** What is the same wherever a service is, is in the lists above; there only those that reach over the connection are others. */
const THERE = ['control', 'agent'] as const;
const ELSEWHERE = { install: [['configure', THERE]] as Moments, reset: [['uninstall', THERE]] as Moments };

let grid: TestGrid;
let faults: string;
let number = 0;

beforeAll(async () => {
  faults = mkdtempSync(join(tmpdir(), 'grid-test-'));
  mkdirSync(faults, { recursive: true });
  grid = await startGrid({ env: { GRID_AGENT_TIMEOUT: '2s', GRID_TEST_FAULTS: faults }, preload: join(__dirname, '../support/faults.cjs') });
  addTemplate(grid, 'test__library', { 'service.hrd': 'category = library\n' });
  addTemplate(grid, 'test__deadly', {
    'service.hrd': "category = test\n\ndependencies.1 =\n    name:'library',\n\nprocess.1 =\n    cmd:sleep,\n    args:'100000',\n",
    'actions.sh': `#!/bin/sh
case "$1" in
  configure|uninstall)
    f="${faults}/$1"
    mv "$f" "$f.taken" 2>/dev/null || exit 0
    read -r victim < "$f.taken"
    case "$victim" in agent) kill -9 "$PPID" ;; *) kill -9 "$victim" ;; esac ;;
esac
`,
  });
});
afterAll(async () => {
  await grid.end();
  rmSync(faults, { recursive: true, force: true });
});

/** Has the victim killed at that moment; the answer looks afterwards whether it was. */
function plan(moment: string, victim: Victim): () => void {
  const path = join(faults, moment);
  const pid = victim === 'agent' ? 0 : grid.pidOf(victim);
  rmSync(`${path}.taken`, { force: true });
  writeFileSync(path, victim === 'agent' ? victim : victim === 'control' && moment.includes('.') ? 'self' : String(pid));
  return () => {
    expect(existsSync(`${path}.taken`)).toBe(true);
    if (victim !== 'agent') expect(grid.pidOf(victim)).not.toBe(pid);
  };
}

/** A person whose request was cut off sends it again under the same key, and finds the same run. */
async function ays(command: string, more: object = {}): Promise<void> {
  const key = `crash-${++number}`;
  for (;;) {
    const answer = await ask(grid, 'POST', '/api/v1/environment/runs', { verb: command, name: 'deadly', ...more }, { 'idempotency-key': key }).catch(() => ({ status: 0, body: undefined as any }));
    if (answer.status >= 400 && answer.status < 500) throw new Error(JSON.stringify(answer.body));
    if (answer.status === 202) {
      const run = await runIs(grid, answer.body.id, ({ state }) => !['pending', 'running'].includes(state));
      expect(run.state).toBe('done');
      return;
    }
    await new Promise((r) => setTimeout(r, 200));
  }
}

const sleeps = () => labelled(grid.home).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1') === 'sleep\x00100000\x00');
const services = (are: (services: any[]) => boolean) => untilPath(grid, '/api/v1/environment/services', (d) => d.services && are(d.services));

async function isThere(besides = 0): Promise<void> {
  await services((all) => all.length === 2 + besides && all.every((one) => one.state === 'INSTANCE_STARTED'));
  expect(sleeps()).toHaveLength(1);
}

async function isGone(): Promise<void> {
  await untilPath(grid, '/api/v1/machines', (d) => d.machines.length === 0);
  await services((all) => all.length === 0);
  expect(labelled(grid.home)).toEqual([]);
  expect(commits(grid).slice(0, 2)).toEqual(ONE_COMMIT_EACH);
}

const ONE_COMMIT_EACH = ['reset test__deadly__main and 1 more', 'install test__deadly__main and 1 more'];
type Strike = readonly [moment: string, victim: Victim];
const strikes = (list: Moments): Strike[] => list.flatMap(([moment, victims]) => victims.map((victim): Strike => [moment, victim]));
/** One life each: something is killed while it is installed, and while it is reset. */
const lives = (install: Moments, reset: Moments) => {
  const [first, second] = [strikes(install), strikes(reset)];
  return first.map((one, i) => [one.join(' of '), second[i]?.join(' of ') ?? 'nothing', one, second[i]] as const);
};
/** Has it struck while this is done. */
async function struck(strike: Strike | undefined, during: () => Promise<void>): Promise<void> {
  const expectStruck = strike && plan(...strike);
  await during();
  expectStruck?.();
}

test.each(lives(INSTALL, RESET))('an install ends as it was ordered: %s is killed; a reset leaves nothing, in the model and on the machine: %s is', async (_, __, first, second) => {
  await struck(first, async () => {
    await ays('install');
    await isThere();
  });
  await struck(second, () => ays('reset'));
  await isGone();
});

describeNeeding(['sshd'], 'on a node that is another host', () => {
  let host: SshHost;
  const NODE = 'grid__node.ssh__n1';
  const consume = [{ category: 'node', producer: 'n1' }];
  beforeAll(async () => void (host = await openSshHost()));
  afterAll(() => host.close());
  const machinesThere = () => readdirSync(join(host.home, 'machines')).filter((name) => name.startsWith('agent--'));

  test('it is one machine: the worker that starts it is killed', async () => {
    const data = { 'param.ip': '127.0.0.1', 'param.ssh.port': host.port, 'param.hostkey': host.fingerprint(), 'param.key': join(host.dir, 'key'), 'param.home': host.home };
    const expectStruck = plan('start_machine.after', 'control');
    await ays('install', { name: 'node.ssh', instance: 'n1', data });
    expectStruck();
    await services((all) => all.length === 1 && all[0].state === 'INSTANCE_STARTED');
    expect(machinesThere()).toHaveLength(1);
  });

  test.each(lives(ELSEWHERE.install, ELSEWHERE.reset))('an install ends as it was ordered: %s is killed; a reset leaves nothing, in the model and there: %s is', async (_, __, first, second) => {
    await struck(first, async () => {
      await ays('install', { consume });
      await isThere(1);
    });
    await struck(second, () => ays('reset'));
    await onlyTheNode();
  });

  async function onlyTheNode(): Promise<void> {
    await services((all) => all.length === 1 && all[0].path === NODE);
    expect(sleeps()).toEqual([]);
    expect(machinesThere()).toHaveLength(1);
    expect(commits(grid).slice(0, 2)).toEqual(ONE_COMMIT_EACH);
  }

  test('with the node its machine goes', async () => {
    await quietly(grid, 'reset', { name: 'node.ssh' });
    await untilPath(grid, '/api/v1/machines', (d) => d.machines.length === 0);
    expect(labelled(grid.home)).toEqual([]);
  });
});

test('everything can be replayed', async () => {
  expect(await unreplayable(grid)).toEqual([]);
});
