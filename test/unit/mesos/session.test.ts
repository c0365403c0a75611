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
  const { reason, progress } = await one.until(() => { const said = one.told.get('a'); return said?.kind === 'waiting' && said.progress && { reason: said.reason, progress: said.progress }; });
  expect(progress).toEqual({ done: 2, total: 3 });
  expect(reason).toMatch(/^\d+ offers? seen; n\d: host0, host1: cpu 4 of/);
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
