import { openLeader } from '../../../activities/machines/mesos/client/leader';
import { tellMaster } from '../../../activities/machines/mesos/client/operator';
import { untold, wishesOf } from '../../../model/mesos/framework_state';
import { taskId } from '../../../model/mesos/tasks';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../../tools/mesos_emulator/emulator';
import { allRun, holdCompute, type HeldCompute } from '../../mesos/support/held_compute';

/** A worker that is subscribed for a compute, against the emulator: what is launched where, and what may go wrong meanwhile. */

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function emulate(hosts: number, options: Partial<EmulatorOptions> = {}): Promise<Emulator> {
  const emulator = await startEmulator({ hosts: Array.from({ length: hosts }, (_, i) => ({ hostname: `host${i}`, resources: 'cpus:4;mem:1024;ports:[31000-31099]' })), allocationMs: 20, electionMs: 50, recoveryMs: 20, ...options });
  open.push(emulator);
  return emulator;
}
function held(emulator: Emulator, options: Parameters<typeof holdCompute>[1] = {}): HeldCompute {
  const one = holdCompute(emulator, options);
  open.push(one);
  return one;
}
const granted = (one: HeldCompute, ...owners: string[]) => owners.every((owner) => one.told.get(owner)?.kind === 'granted');
const tasks = (emulator: Emulator) => emulator.agents.flatMap((agent) => agent.executions()).filter(({ phase }) => phase !== 'over').map(({ task }) => task.task_id.value).sort();
async function running(one: HeldCompute, owner: string, nodes: number, cpu = 1): Promise<void> {
  one.reserve(owner, nodes, { cpu });
  await one.until(() => granted(one, owner));
  one.start(owner);
  await one.until(() => allRun(one, owner));
}

test('all nodes together, and everything given back; nobody is offered anything who wants nothing', async () => {
  const emulator = await emulate(3);
  const one = held(emulator);
  await running(one, 'a', 3, 4);
  expect(tasks(emulator)).toEqual(['a--n0.1', 'a--n1.1', 'a--n2.1']);
  one.reserve('b', 1, { cpu: 4 });
  await one.until(() => one.told.get('b')?.kind === 'waiting' && !granted(one, 'b'));
  one.stop('a');
  await one.until(() => Object.values(one.framework.tasks).every(({ phase }) => phase === 'over'));
  one.release('a');
  await one.until(() => granted(one, 'b'));
  one.release('b');
  await one.until(() => emulator.leader()!.offers.size === 0 && [...emulator.leader()!.frameworks.values()][0]!.suppressed.size > 0);
});

test('one that waits says how many offers it saw, how many nodes have a place, and why the next has none', async () => {
  const one = held(await emulate(2));
  one.reserve('a', 3, { cpu: 4 });
  // Before any offer came it says that none did.
  const reason = await one.until(() => { const said = one.told.get('a'); return said?.kind === 'waiting' && said.progress?.done === 2 && said.progress.total === 3 && said.reason; });
  expect(reason).toMatch(/^\d+ offers? seen; n\d: host0, host1: cpu 4 of/);
});

describe('the scenarios of the original scheduler', () => {
  const host = (hostname: string, disks: string) => ({ hostname, resources: `cpus:12;mem:8096;disks:{${disks}}` });
  const placed = (one: HeldCompute, owner: string) => one.compute.reservations[owner]!.allocations.map(({ node, host: at, disks }) => [node, at, disks]);
  const isPlaced = (one: HeldCompute, owner: string) => one.until(() => granted(one, owner));
  const named = (...disks: string[]) => ({ disks, customDisks: true });
  const whyNot = (one: HeldCompute, owner: string, said: string) => one.until(() => { const told = one.told.get(owner); return told?.kind === 'waiting' && told.reason.includes(said) && told; });

  test('CT1, CT6: with a place for one of two nodes half is done and the order waits; with the second all is', async () => {
    const emulator = await emulate(0, { hosts: [host('c1', 'disk1'), { ...host('c2', 'disk1'), absent: true }] });
    const one = held(emulator);
    one.reserve('a', 2, { cpu: 12 });
    expect(await whyNot(one, 'a', 'c1: cpu 12')).toMatchObject({ progress: { done: 1, total: 2 } });
    emulator.agents[1]!.join();
    await isPlaced(one, 'a');
    expect(placed(one, 'a').map(([, at]) => at).sort()).toEqual(['c1', 'c2']);
  });

  test('CT2: of 12 cpus, 8096 MiB and two disks a node has 2, 1024 and both', async () => {
    const emulator = await emulate(0, { hosts: [host('c1', 'disk1,disk2')] });
    const one = held(emulator);
    one.reserve('a', 1, { cpu: 2, memMiB: 1_024, disks: ['x', 'y'] });
    await isPlaced(one, 'a');
    const [offer] = emulator.leader()!.offers.values();
    expect(offer!.resources.map((resource) => [resource.name, resource.type === 'SCALAR' ? resource.scalar.value : resource.type === 'SET' && resource.set.item])).toEqual([['cpus', 12], ['mem', 8_096], ['disks', ['disk1', 'disk2']]]);
    one.start('a', { disks: ['disk1', 'disk2'].map((name) => ({ name, origin: '', destination: `/${name}`, mode: 'rw' })) });
    await one.until(() => allRun(one, 'a'));
    const [{ info } = { info: undefined }] = emulator.leader()!.frameworks.get('service-grid-g-dc1')!.tasks.values();
    expect(info!.resources).toMatchObject([{ name: 'cpus', scalar: { value: 2 } }, { name: 'mem', scalar: { value: 1_024 } }, { name: 'disks', set: { item: ['disk1', 'disk2'] } }]);
  });

  test('CT3, CT5: disks by name are those or none, by number the first that are free', async () => {
    const one = held(await emulate(0, { hosts: [host('c1', 'disk1,disk2,disk5,disk7')] }));
    one.reserve('none', 1, named('disk8', 'disk9'));
    await whyNot(one, 'none', 'c1: disk8, disk9 not free');
    one.release('none');
    one.reserve('named', 1, named('disk1', 'disk5'));
    await isPlaced(one, 'named');
    one.start('named');
    await one.until(() => allRun(one, 'named'));
    one.reserve('counted', 1, { disks: ['x', 'y'] });
    await isPlaced(one, 'counted');
    expect([placed(one, 'named'), placed(one, 'counted')]).toEqual([[['n0', 'c1', ['disk1', 'disk5']]], [['n0', 'c1', ['disk2', 'disk7']]]]);
  });

  test('CT4: a node that names its host goes there, and nowhere else', async () => {
    const one = held(await emulate(0, { hosts: [host('c1', 'disk1'), host('c2', 'disk1')] }));
    one.reserve('a', 1, { requiredHost: 'c2' });
    await isPlaced(one, 'a');
    expect(placed(one, 'a').map(([, at]) => at)).toEqual(['c2']);
    one.reserve('b', 1, { requiredHost: 'c3' });
    await whyNot(one, 'b', 'n0: nothing is offered on c3');
  });
});

test('two that each need more than half do not block each other: the older is served, then the younger', async () => {
  const one = held(await emulate(4));
  one.reserve('old', 3, { cpu: 4 });
  one.reserve('young', 3, { cpu: 4 });
  await one.until(() => granted(one, 'old'));
  expect(granted(one, 'young')).toBe(false);
  one.release('old');
  await one.until(() => granted(one, 'young'));
});

test('two grids on one Mesos, each with a cluster of more than half: both are served, and neither touches what the other has', async () => {
  const emulator = await emulate(4);
  const [first, second] = [held(emulator, { grid: 'g1', query: '?hold=1' }), held(emulator, { grid: 'g2', query: '?hold=1' })];
  for (const one of [first, second]) one.reserve('a', 3, { cpu: 4 });
  const winner = await first.until(() => (granted(first, 'a') ? first : granted(second, 'a') ? second : undefined));
  const loser = winner === first ? second : first;
  winner.start('a');
  await winner.until(() => allRun(winner, 'a'));
  expect(Object.values(winner.framework.tasks).map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
  expect(Object.keys(loser.framework.tasks)).toEqual([]);
  winner.stop('a');
  await winner.until(() => Object.values(winner.framework.tasks).every(({ phase }) => phase === 'over'));
  winner.release('a');
  await loser.until(() => granted(loser, 'a'));
  loser.start('a');
  await loser.until(() => allRun(loser, 'a'));
  expect(tasks(emulator)).toHaveLength(3);
});

test('offers that are taken back after the grant, and a worker that dies with them: the machines find other places', async () => {
  const emulator = await emulate(3);
  const one = held(emulator);
  one.reserve('a', 2, { cpu: 4 });
  await one.until(() => granted(one, 'a'));
  emulator.expireOffers();
  one.start('a');
  await one.until(() => allRun(one, 'a'));
  one.reserve('b', 1, { cpu: 4 });
  await one.until(() => granted(one, 'b'));
  await one.takeOver();
  one.start('b');
  await one.until(() => allRun(one, 'b'));
  expect(tasks(emulator)).toHaveLength(3);
  for (const owner of ['a', 'b']) for (const { node, host } of one.compute.reservations[owner]!.allocations) expect(Object.values(one.framework.tasks).find(({ spec }) => spec.owner === owner && spec.node === node)!.at!.host).toBe(host);
});

test.each<[string, (emulator: Emulator, one: HeldCompute) => Promise<void> | void]>([
  ['the stream breaks off', (emulator) => emulator.dropStreams()],
  ['another worker takes over', (_, one) => one.takeOver()],
  ['another master leads', (emulator) => emulator.killLeader()],
])('what happens while %s is told afterwards, and nothing is launched twice', async (_, happen) => {
  const emulator = await emulate(2, { masters: 2 });
  const one = held(emulator);
  await running(one, 'a', 2);
  const before = tasks(emulator);
  one.reserve('b', 2);
  await one.until(() => granted(one, 'b'));
  one.start('b');
  await happen(emulator, one);
  emulator.agents.flatMap((agent) => agent.executions()).find(({ task }) => task.task_id.value === before[0])!.running!.signal('SIGKILL');
  await one.until(() => allRun(one, 'b') && one.framework.tasks['a--n0']?.phase === 'over');
  expect(one.framework.tasks['a--n0']).toMatchObject({ exit: { signal: 'SIGKILL' } });
  expect(tasks(emulator).map((task) => task.replace(/\.\d+$/, ''))).toEqual(['a--n1', 'b--n0', 'b--n1']);
});

test('a grid whose Temporal was lost finds what runs under its name, as what it was launched; another grid does not', async () => {
  const emulator = await emulate(2);
  const before = held(emulator);
  before.reserve('cluster/u/p/1/1', 2, { cpu: 2 });
  await before.until(() => granted(before, 'cluster/u/p/1/1'));
  before.start('cluster/u/p/1/1', { disks: [{ name: 'disk3', origin: '/x', destination: '/data', mode: 'rw' }] });
  await before.until(() => allRun(before, 'cluster/u/p/1/1'));
  const was = before.framework.tasks;
  await before.close();
  const one = held(emulator);
  await one.until(() => Object.keys(one.framework.tasks).length === 2);
  for (const [id, { spec, at, startedAt }] of Object.entries(was)) {
    expect(one.framework.tasks[id]).toMatchObject({ phase: 'running', attempt: 1, at, startedAt: expect.any(String), spec: { id, owner: spec.owner, node: spec.node, generation: 1, host: spec.host, cpu: 2, memMiB: 64 } });
    expect(startedAt).toEqual(expect.any(String));
    expect(one.framework.tasks[id]!.spec.disks.map(({ name }) => name)).toEqual(['disk3']);
  }
  const other = held(emulator, { grid: 'g2' });
  await other.until(() => other.reach.length > 0);
  one.stop('cluster/u/p/1/1');
  await one.until(() => tasks(emulator).length === 0);
  expect(other.framework.tasks).toEqual({});
});

test('an agent that leaves, and one that is lost and comes back: told as lost, ended when it was replaced, taken back when it was not', async () => {
  const emulator = await emulate(3, { agentPingMs: 50, agentPings: 3 });
  const one = held(emulator);
  await running(one, 'a', 2, 4);
  const [gone, away] = ['a--n0', 'a--n1'].map((id) => emulator.agents.find(({ facts }) => facts.hostname === one.framework.tasks[id]!.at!.host)!) as [Emulator['agents'][0], Emulator['agents'][0]];
  away.lose();
  await one.until(() => one.framework.tasks['a--n1']?.phase === 'lost');
  away.restart();
  await one.until(() => one.framework.tasks['a--n1']?.phase === 'running');
  gone.lose();
  await one.until(() => one.framework.tasks['a--n0']?.phase === 'lost');
  one.start('a');
  await one.until(() => allRun(one, 'a'));
  expect(one.framework.tasks['a--n0']!.at!.host).not.toBe(gone.facts.hostname);
  gone.restart();
  await one.until(() => Object.keys(one.framework.unwanted).length === 0);
  await one.until(() => tasks(emulator).length === 2);
});

test('partition=wait: of one that cannot be reached nothing is told, it is as it was when it comes back, and lost when Mesos gives it up', async () => {
  const emulator = await emulate(2, { agentPingMs: 50, agentPings: 3 });
  const one = held(emulator, { query: '?partition=wait' });
  await running(one, 'a', 2, 4);
  const before = structuredClone(one.framework.tasks);
  const away = emulator.agents.find(({ facts }) => facts.hostname === before['a--n0']!.at!.host)!;
  away.lose();
  await one.until(() => one.framework.tasks['a--n0']!.said?.startsWith('TASK_UNREACHABLE'));
  expect([one.framework.tasks['a--n0']!.phase, untold(one.framework)]).toEqual(['running', []]);
  away.restart();
  await one.until(() => one.framework.tasks['a--n0']!.said === undefined);
  expect(one.framework.tasks).toEqual(before);
  away.lose();
  await one.until(() => one.framework.tasks['a--n0']!.said !== undefined);
  const leader = openLeader({ compute: 'dc1', shown: 'here', at: [{ host: '127.0.0.1', port: emulator.ports[0]! }] });
  await tellMaster(leader, { type: 'MARK_AGENT_GONE', mark_agent_gone: { agent_id: { value: away.id()! } } }, new AbortController().signal);
  await one.until(() => untold(one.framework).length === 1);
  expect(one.framework.tasks['a--n0']).toMatchObject({ phase: 'over', said: expect.stringContaining('TASK_GONE_BY_OPERATOR') });
});

test('what is said twice, and what is said again when all is over, changes nothing', async () => {
  const emulator = await emulate(2);
  const one = held(emulator);
  await one.until(() => one.reach.length > 0);
  const { stream } = [...emulator.leader()!.frameworks.values()][0]!;
  const tell = stream!.tell.bind(stream);
  const said: object[] = [];
  stream!.tell = (event) => {
    tell(event);
    if (!('update' in event)) return;
    tell(event);
    said.push(event);
  };
  await running(one, 'a', 2);
  one.stop('a');
  await one.until(() => Object.values(one.framework.tasks).every(({ phase }) => phase === 'over'));
  const after = structuredClone(one.framework.tasks);
  expect(Object.values(after).map(({ attempt, said: words }) => [attempt, words])).toEqual([1, 1].map((attempt) => [attempt, expect.stringContaining('TASK_KILLED')]));
  for (const event of [...said]) tell(event);
  // What is said of this one is heard after all that.
  await running(one, 'b', 1);
  const { 'b--n0': b, ...others } = one.framework.tasks;
  expect([others, untold(one.framework), wishesOf(one.framework).kill, tasks(emulator)]).toEqual([after, [], [], [taskId(b!)]]);
});

test('what a worker heard and did not write down before it died is said to the next one', async () => {
  const emulator = await emulate(2);
  const one = held(emulator);
  await running(one, 'a', 2);
  one.stall();
  const [lost] = emulator.agents.flatMap((agent) => agent.executions());
  lost!.running!.signal('SIGKILL');
  await one.until(() => emulator.leader()!.frameworks.get('service-grid-g-dc1')!.tasks.size === 1);
  expect(Object.values(one.framework.tasks).map(({ phase }) => phase)).toEqual(['running', 'running']);
  await one.takeOver();
  await one.until(() => untold(one.framework).length === 1);
  expect(untold(one.framework)).toEqual([expect.objectContaining({ attempt: 1, exit: expect.objectContaining({ signal: 'SIGKILL' }) })]);
});

test('what a worker was about to launch when another came in its place is launched by that one', async () => {
  const emulator = await emulate(2);
  const one = held(emulator);
  one.reserve('a', 2);
  await one.until(() => granted(one, 'a'));
  const isLaunching = one.stall();
  one.start('a');
  await one.until(isLaunching);
  await one.takeOver();
  await one.until(() => allRun(one, 'a'));
  expect(tasks(emulator).map((task) => task.replace(/\.\d+$/, ''))).toEqual(['a--n0', 'a--n1']);
});

test('what Mesos does not take is over with its words; a machine that ends at once has run', async () => {
  const one = held(await emulate(1));
  one.reserve('a', 1);
  await one.until(() => granted(one, 'a'));
  one.start('a', { command: ['sh', '-c', 'echo no licence; exit 7'] });
  const task = await one.until(() => one.framework.tasks['a--n0']?.phase === 'over' && one.framework.tasks['a--n0']);
  expect(task).toMatchObject({ exit: { code: 7, signal: null }, lastOutput: 'no licence\n', startedAt: expect.any(String) });
  const bad = held(await emulate(1), { query: '?user=nobodyhere' });
  bad.reserve('a', 1);
  await bad.until(() => granted(bad, 'a'));
  bad.start('a');
  const rejected = await bad.until(() => bad.framework.tasks['a--n0']?.phase === 'over' && bad.framework.tasks['a--n0']);
  expect(rejected).toMatchObject({ attempt: 3, said: expect.stringContaining("No such user 'nobodyhere'") });
});

test('masters that cannot be reached are told once, and that they can be again', async () => {
  const emulator = await emulate(1);
  const one = held(emulator);
  await one.until(() => one.reach.length === 1);
  emulator.killLeader();
  await one.until(() => one.reach.some(({ problem }) => problem?.code === 'master_unreachable'));
  emulator.restartMaster();
  emulator.rejoin();
  await one.until(() => one.reach.at(-1)!.problem === null);
});
