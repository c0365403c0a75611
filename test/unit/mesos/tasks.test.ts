import fc from 'fast-check';
import type { MachineSpec } from '../../../model/machine';
import { beginAnew, mesosIdOf, newFramework, noteFound, noteLaunching, noteTaskNews, untold, unwish, wish, wishesOf, type FrameworkState } from '../../../model/mesos/framework_state';
import type { PartitionPolicy, TaskNews } from '../../../model/mesos/messages';
import { TASK_STATES } from '../../../model/mesos/protocol';
import { exitOf, machineOf, mayRun } from '../../../model/mesos/tasks';

const NOW = '2026-01-02T03:04:05.000Z';
const at = { agent: 'S0', host: 'host1', address: '10.0.0.1', port: 5051 };
const spec = (id: string): MachineSpec => ({ id, owner: 'cluster/u/p/1/1', node: 'n', generation: 1, env: {}, cpu: 1, memMiB: 1, disks: [], networks: [{ device: 'eth0', network: 'host', address: '' }] });
const begun = (partition: PartitionPolicy = 'replace'): FrameworkState => newFramework({ compute: 'dc1', connector: 'mesos://m', grid: 'g', partition }, NOW);
const launching = (state: FrameworkState, machine = 'm', attempt = state.tasks[machine]!.attempt) => noteLaunching(state, { tasks: [{ machine, attempt, at, host: 'host1', networks: [{ device: 'eth0', network: 'host', address: '10.0.0.1' }] }] });
const say = (state: FrameworkState, said: TaskNews['state'], more: Partial<TaskNews> = {}) => noteTaskNews(state, [{ task: 'm.1', state: said, ...more }], NOW);
const running = (partition?: PartitionPolicy) => {
  const state = begun(partition);
  wish(state, spec('m'));
  launching(state);
  say(state, 'TASK_RUNNING', { timestamp: 1 });
  return state;
};

test('from the wish to the end: where it is, how it ended, and who is told', () => {
  const state = begun();
  wish(state, spec('m'));
  expect(wishesOf(state)).toMatchObject({ launch: [{ attempt: 1 }], known: [] });
  launching(state);
  expect(wishesOf(state)).toMatchObject({ launch: [], known: [{ task: 'm.1', at }] });
  say(state, 'TASK_STARTING');
  say(state, 'TASK_RUNNING', { timestamp: 1 });
  expect(machineOf('dc1', state.tasks.m!)).toMatchObject({ state: 'running', host: 'host1', address: '10.0.0.1', ref: { taskId: 'm.1', agentId: 'S0' }, startedAt: '1970-01-01T00:00:01.000Z' });
  say(state, 'TASK_FAILED', { message: 'Command exited with status 3', lastOutput: 'no\n' });
  expect(machineOf('dc1', state.tasks.m!)).toMatchObject({ state: 'dead', exit: { code: 3, signal: null }, lastOutput: 'no\n' });
  expect(untold(state)).toHaveLength(1);
  wish(state, spec('m'));
  expect(wishesOf(state).launch).toMatchObject([{ attempt: 2 }]);
});

test('how commands and containers ended, in the words of executors', () => {
  expect(['Command exited with status 0', 'Container exited with status 137', 'Command terminated with signal Terminated', 'Command terminated with signal Killed', 'Executor terminated'].map(exitOf)).toEqual([
    { code: 0, signal: null }, { code: 137, signal: null }, { code: null, signal: 'SIGTERM' }, { code: null, signal: 'SIGKILL' }, { code: null, signal: null },
  ]);
});

test('what was asked for is nobody\'s loss; what is killed and not heard of any more is over', () => {
  for (const end of ['TASK_KILLED', 'TASK_GONE', 'TASK_LOST'] as const) {
    const state = running();
    expect(unwish(state, 'm', 1_000)).toBe(false);
    expect(wishesOf(state).kill).toEqual([{ task: 'm.1', agent: 'S0', graceMs: 1_000 }]);
    say(state, end);
    expect([untold(state), unwish(state, 'm', 1_000), state.tasks]).toEqual([[], true, {}]);
  }
});

test('what Mesos drops on its way is launched again, and not for ever', () => {
  const state = begun();
  wish(state, spec('m'));
  for (const attempt of [1, 2]) {
    launching(state, 'm', attempt);
    noteTaskNews(state, [{ task: `m.${attempt}`, state: 'TASK_DROPPED', reason: 'REASON_INVALID_OFFERS' }], NOW);
    expect(state.tasks.m).toMatchObject({ phase: 'wanted', attempt: attempt + 1 });
  }
  launching(state, 'm', 3);
  noteTaskNews(state, [{ task: 'm.3', state: 'TASK_DROPPED', reason: 'REASON_INVALID_OFFERS', message: 'Offer O1 is no longer valid' }], NOW);
  expect(state.tasks.m).toMatchObject({ phase: 'over', said: 'TASK_DROPPED REASON_INVALID_OFFERS: Offer O1 is no longer valid' });
  const bad = begun();
  wish(bad, spec('m'));
  launching(bad);
  say(bad, 'TASK_ERROR', { reason: 'REASON_TASK_INVALID' });
  expect(bad.tasks.m!.phase).toBe('over');
});

test('a partition: told as lost at once and taken back when it is seen again, or waited for until Mesos gives it up', () => {
  const replace = running('replace');
  say(replace, 'TASK_UNREACHABLE', { reason: 'REASON_AGENT_REMOVED' });
  expect(untold(replace)).toHaveLength(1);
  say(replace, 'TASK_RUNNING', { reason: 'REASON_AGENT_REREGISTERED' });
  expect(machineOf('dc1', replace.tasks.m!)).toMatchObject({ state: 'running', startedAt: '1970-01-01T00:00:01.000Z' });
  const wait = running('wait');
  say(wait, 'TASK_UNREACHABLE');
  expect([untold(wait), mayRun(wait.tasks.m!)]).toEqual([[], true]);
  say(wait, 'TASK_GONE_BY_OPERATOR');
  expect(untold(wait)).toHaveLength(1);
});

test('one that was replaced while it could not be reached is ended when it comes back', () => {
  for (const replaced of [(state: FrameworkState) => wish(state, spec('m')), (state: FrameworkState) => void unwish(state, 'm', 5_000)]) {
    const state = running();
    say(state, 'TASK_UNREACHABLE');
    replaced(state);
    expect(wishesOf(state).kill).toEqual([{ task: 'm.1', agent: 'S0', graceMs: 0 }]);
    say(state, 'TASK_RUNNING');
    expect(wishesOf(state).kill).toHaveLength(1);
    say(state, 'TASK_KILLED');
    expect(wishesOf(state).kill).toEqual([]);
  }
});

test('one of which Mesos knows nothing is not asked to end for ever; should it be seen again it is ended', () => {
  const state = running();
  say(state, 'TASK_LOST');
  unwish(state, 'm', 0);
  say(state, 'TASK_UNREACHABLE');
  expect(wishesOf(state).kill).toHaveLength(1);
  say(state, 'TASK_UNKNOWN');
  expect(wishesOf(state).kill).toEqual([]);
  say(state, 'TASK_RUNNING', { agent: 'S0' });
  expect(wishesOf(state).kill).toEqual([{ task: 'm.1', agent: 'S0', graceMs: 0 }]);
  noteTaskNews(state, [{ task: 'other.1', state: 'TASK_RUNNING', agent: 'S0' }], NOW);
  expect(wishesOf(state).kill).toHaveLength(1);
});

test('what is launched when nobody wants it any more is ended', () => {
  const state = begun();
  wish(state, spec('m'));
  unwish(state, 'm', 0);
  launching(state, 'm', 1);
  expect([state.tasks, wishesOf(state).kill]).toEqual([{}, [{ task: 'm.1', agent: 'S0', graceMs: 0 }]]);
});

test('what is found running is taken over; not what is known, is to end, or has a newer one in its place', () => {
  const state = running();
  const found = (id: string, attempt: number) => ({ spec: spec(id), attempt, at, startedAt: NOW });
  noteFound(state, [found('m', 1), found('lost', 3)]);
  expect(machineOf('dc1', state.tasks.lost!)).toMatchObject({ id: 'lost', state: 'running', startedAt: NOW, holds: { cpu: 1, memMiB: 1 }, ref: { taskId: 'lost.3' } });
  expect([Object.keys(state.tasks), wishesOf(state).kill]).toEqual([['m', 'lost'], []]);
  noteFound(state, [found('m', 7)]);
  expect(wishesOf(state).kill).toEqual([{ task: 'm.7', agent: 'S0', graceMs: 0 }]);
  say(state, 'TASK_LOST');
  unwish(state, 'm', 0);
  noteFound(state, [found('m', 1)]);
  expect(Object.keys(state.tasks)).toEqual(['lost']);
});

test('a framework that was removed has another name, and all that ran under the old one is told as lost', () => {
  const state = running();
  expect(mesosIdOf(state)).toBe('service-grid-g-dc1');
  beginAnew(state, NOW);
  expect([mesosIdOf(state), untold(state).length]).toEqual(['service-grid-g-dc1-2', 1]);
});

test('whatever is said, twice, late or in any order: no end is told of what was ended on purpose, and one that is over stays so', () => {
  const news = fc.array(fc.record({ state: fc.constantFrom(...TASK_STATES), attempt: fc.constantFrom(1, 2) }), { maxLength: 12 });
  fc.assert(fc.property(news, fc.constantFrom<PartitionPolicy>('replace', 'wait'), fc.boolean(), (all, partition, isKilled) => {
    const state = running(partition);
    if (isKilled) unwish(state, 'm', 0);
    let isOver = false;
    for (const { state: said, attempt } of all) {
      noteTaskNews(state, [{ task: `m.${attempt}`, state: said }], NOW);
      if (isOver) expect(state.tasks.m!.phase).toBe('over');
      isOver ||= state.tasks.m!.phase === 'over';
    }
    if (isKilled) expect(untold(state)).toEqual([]);
    const { kill, known } = wishesOf(state);
    expect(kill.every(({ task }) => known.some((one) => one.task === task))).toBe(true);
  }));
});
