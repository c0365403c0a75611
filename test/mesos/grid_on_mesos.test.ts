import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { grid as gridCommand } from '../support/cli';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, givenBack, killNode, launch, machinesOf, read, removeCompute, until, untilConfirmed, verb } from '../support/http';
import { PATIENCE_MS } from '../support/machine_ground';
import { agentNumber, install, installed, instanceOf, killMachine, page, uninstall, uninstalled, untilPath } from '../support/services';
import { unreplayable } from '../support/replayed';
import type { Emulator } from '../../tools/mesos_emulator/emulator';

/** A grid with a compute on Mesos: the emulator, which is held to what a real one was seen to do. */

let grid: TestGrid;
let mesos: Emulator;

beforeAll(async () => {
  grid = await startGrid({ kind: 'mesos' });
  mesos = grid.ground.mesos!;
});
afterAll(() => grid.end());

const isWhole = (d: any) => d.state === 'ready' && d.operation === null && !d.conditions.some(({ type }: any) => type === 'Degraded' || type === 'Blocked');
const stepOf = (d: any, name: string) => d.steps.find((step: any) => step.name === name);
const define = (name: string, query: string, at = mesosAt()) => untilConfirmed(() => ask(grid, 'PUT', `/api/v1/computes/${name}`, { connector: query ? `${at}?${query}` : at }));
const mesosAt = () => `mesos://127.0.0.1:${mesos.ports[0]}`;
const framework = (when: (d: any) => boolean) => untilPath(grid, '/api/v1/lifecycles/framework/dc1', when);
const running = () => grid.ground.things();
const taskOf = async (id: string, node: string) => String((await machinesOf(grid, id)).find((machine) => machine.node === node)!.ref['taskId']);

/** Waits for what Mesos itself is told, after the grid says so. */
async function inMesos(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !(await isSo()); await sleep(50)) if (Date.now() > end) throw new Error(`not so within ${PATIENCE_MS} ms: ${what}`);
}

/** Removes a compute as soon as nothing of it is reserved, and waits until its framework is gone. */
async function removed(compute: string): Promise<void> {
  await untilPath(grid, `/api/v1/computes/${compute}`, ({ reservations }) => reservations.length === 0);
  expect(await removeCompute(grid, compute)).toMatchObject({ status: 204 });
  await untilPath(grid, `/api/v1/lifecycles/framework/${compute}`, ({ state }) => state === 'removed');
}

async function nothingLeft(...ids: string[]): Promise<void> {
  for (const id of ids) await destroyed(grid, id);
  await givenBack(grid);
  expect(await running()).toEqual([]);
  expect(labelled(grid.home)).toEqual([]);
}

test('one launch after the other: nodes on hosts of their own, what they print, what is run in them; one that waits says what was offered and why it is not enough', async () => {
  const first = await launch(grid, 'reference/1.0.0', { size: 3 });
  const { nodes } = (await until(grid, first, isWhole)) as any;
  expect(new Set(nodes.map(({ host }: any) => host)).size).toBe(3);
  expect(((await (await fetch(`http://${nodes[0].address}:8080/peers.json`)).json()) as any[]).map(({ address }: any) => address)).toEqual(nodes.map(({ address }: any) => address));
  const machine = nodes[1].machine;
  expect((await ask(grid, 'POST', `/api/v1/machines/${machine}/exec`, { argv: ['sh', '-c', 'cat; echo $GRID_NODE >&2; exit 3'], stdin: 'given' })).body).toMatchObject({ exit: 3, stdout: 'given', stderr: 'example1\n' });
  expect((await ask(grid, 'POST', `/api/v1/machines/${machine}/exec`, { argv: ['no-such-program'] })).body).toMatchObject({ code: 'cannot_start' });
  expect((await ask(grid, 'POST', `/api/v1/machines/${machine}/exec`, { argv: ['sleep', '60'], timeoutMs: 1_000 })).body).toMatchObject({ timedOut: true });
  expect((await ask(grid, 'GET', `/api/v1/machines/${machine}/logs`)).body).toBe('serving port 8080\n');

  const second = await launch(grid, 'reference/1.0.0', { size: 3 });
  // Before all offers are there it says less.
  const waiting = await until(grid, second, (d) => /\d offers? seen; example\d: .*port 8080/.test(stepOf(d, 'place').waitingFor ?? '') && stepOf(d, 'place').progress?.done === 2);
  expect(stepOf(waiting, 'place')).toMatchObject({ state: 'running', progress: { done: 2, total: 3 } });
  expect(await gridCommand(['show', second.replace('cluster/test/', '')], { env: grid.env as Record<string, string> })).toMatchObject({ stdout: expect.stringMatching(/scheduling 2\/3/) });
  await destroyed(grid, first);
  const ready = await until(grid, second, isWhole);
  expect(stepOf(ready, 'place')).toMatchObject({ state: 'done', progress: { done: 3, total: 3 } });
  await nothingLeft(second);
  await inMesos('nobody is offered anything', () => mesos.leader()!.offers.size === 0);
});

test('a task that is killed is lost at once, and its node comes back by repair', async () => {
  const id = await launch(grid, 'reference/1.0.0', { size: 2 });
  await until(grid, id, isWhole);
  await killNode(grid, id, 'example1');
  const lost = (await until(grid, id, (d) => d.conditions.some(({ type }) => type === 'Degraded'))) as any;
  expect(lost.nodes[1]).toMatchObject({ status: 'failed', exit: { signal: 'SIGKILL' }, lastOutput: 'serving port 8080\n' });
  await verb(grid, id, 'repair');
  await until(grid, id, (d) => isWhole(d) && d.nodes[1]!.generation === 2);
  await nothingLeft(id);
});

test('the worker that is subscribed is killed, the stream breaks off, another master leads, the master forgets all: tasks run on, and what happened meanwhile is told', async () => {
  const id = await launch(grid, 'reference/1.0.0', { size: 2 });
  await until(grid, id, isWhole);
  const before = await running();
  const subscriptions = () => [...mesos.leader()!.frameworks.values()].map(({ streamId }) => streamId).join();
  const resubscribed = async (what: () => void) => {
    const old = mesos.leader() ? subscriptions() : '';
    what();
    await inMesos('somebody is subscribed again', () => mesos.leader() !== undefined && subscriptions() !== old && subscriptions() !== '');
  };
  await resubscribed(() => process.kill(grid.pidOf('control'), 'SIGKILL'));
  await resubscribed(() => mesos.dropStreams());
  mesos.killLeader();
  await framework((d) => d.conditions.some(({ type }: any) => type === 'Unreachable'));
  await untilPath(grid, '/api/v1/computes/dc1', (d) => d.conditions.some(({ type, reason }: any) => type === 'Unreachable' && reason === 'master_unreachable'));
  await resubscribed(() => { mesos.restartMaster(); mesos.rejoin(); });
  await framework((d) => d.state === 'subscribed' && d.conditions.length === 0);
  expect(await running()).toEqual(before);
  expect(((await until(grid, id, isWhole)) as any).nodes.map(({ generation }: any) => generation)).toEqual([1, 1]);
  await killNode(grid, id, 'example0');
  await until(grid, id, (d) => d.conditions.some(({ type }) => type === 'Degraded'));
  await nothingLeft(id);
});

test('an agent that Mesos loses: its node is replaced elsewhere, and what comes back with it is ended', async () => {
  const id = await launch(grid, 'reference/1.0.0', { size: 2 });
  const { nodes } = (await until(grid, id, isWhole)) as any;
  const task = await taskOf(id, 'example0');
  const agent = mesos.agents.find(({ facts }) => facts.hostname === nodes[0].host)!;
  agent.lose();
  const lost = (await until(grid, id, (d) => d.conditions.some(({ type }) => type === 'Degraded'))) as any;
  expect(lost.conditions[0].message).toContain('TASK_UNREACHABLE');
  expect(await running()).toContain(task);
  await verb(grid, id, 'repair');
  const repaired = (await until(grid, id, (d) => isWhole(d) && d.nodes[0]!.generation === 2)) as any;
  expect(repaired.nodes[0].host).not.toBe(nodes[0].host);
  expect(await (await fetch(`http://${repaired.nodes[0].address}:8080/peers.json`)).json()).toHaveLength(2);
  agent.restart();
  await inMesos('what came back is ended', async () => !(await running()).includes(task));
  await nothingLeft(id);
});

test('a framework that Mesos has removed is taken up by nobody but a person, while tasks of it may have run', async () => {
  const id = await launch(grid, 'reference/1.0.0', { size: 1 });
  await until(grid, id, isWhole);
  mesos.forgetFrameworks();
  const blocked = await framework((d) => d.conditions.some(({ type }: any) => type === 'Blocked'));
  expect(stepOf(blocked, 'subscribe').lastError).toMatchObject({ code: 'framework_removed', message: expect.stringContaining('1 tasks of ours') });
  await verb(grid, 'framework/dc1', 'retry');
  await framework((d) => d.state === 'subscribed' && d.number === 2);
  await until(grid, id, (d) => d.conditions.some(({ type }) => type === 'Degraded'));
  await verb(grid, id, 'repair');
  await until(grid, id, isWhole);
  await nothingLeft(id);
});

test('a service: its agents are tasks on hosts of their own, one that is killed is replaced with all that ran in it, and nothing is left', async () => {
  await install(grid, 'web', { planned: 2 });
  await installed(grid, 'web', 2);
  expect(await Promise.all([0, 1].map((n) => page(grid, 'web', n)))).toEqual([expect.stringContaining('web/0'), expect.stringContaining('web/1')]);
  const agent = agentNumber((await instanceOf(grid, 'web', 0)).agent_id);
  const before = await running();
  await killMachine(grid, agent);
  await untilPath(grid, `/agents/${agent}/`, (d) => d.number_of_machine_restarts === 1);
  await installed(grid, 'web', 2);
  expect(await page(grid, 'web', 0)).toContain('web/0');
  expect((await running()).filter((task) => before.includes(task))).toHaveLength(1);
  await uninstall(grid, 'web');
  await uninstalled(grid, 'web');
  await nothingLeft();
});

test.each([
  ['user=nobodyhere', "No such user 'nobodyhere'", 'user=…'],
  ['containerizer=docker', 'unknown container', '--containerizers=docker,mesos'],
])('what Mesos does not take of a node blocks its step with Mesos\' own words and what to mend: %s', async (query, said, fix) => {
  expect(await define('odd', query)).toMatchObject({ status: 201 });
  const id = await launch(grid, 'reference/1.0.0?compute=odd', { size: 1 });
  const blocked = await until(grid, id, (d) => d.conditions.some(({ type }) => type === 'Blocked'));
  expect(stepOf(blocked, 'start_machines').lastError).toMatchObject({ code: 'task_rejected', field: 'nodes.example0', message: expect.stringContaining(said), fix: expect.stringContaining(fix) });
  await destroyed(grid, id);
  // The next compute of the name finds its framework removed, with nothing of ours in it, and has another.
  await removed('odd');
});

test('a compute with a wrong connector is refused, and is none', async () => {
  expect(await define('wrong', '', 'mesos://127.0.0.1:1')).toMatchObject({ status: 503, body: { code: 'master_unreachable', fix: expect.stringContaining('See that a master runs') } });
  expect(await define('wrong', 'role=..&x=1')).toMatchObject({ status: 400, body: { code: 'bad_connector', problems: [{ message: expect.stringContaining('parameter role') }, { message: expect.stringContaining('no parameter x') }] } });
  expect(await define('wrong', 'auth=file:/nowhere')).toMatchObject({ status: 400, body: { code: 'bad_credentials', fix: expect.stringContaining('principal') } });
  expect((await ask(grid, 'GET', '/api/v1/computes')).body.computes.map(({ name }: any) => name)).not.toContain('wrong');
});

test('the page about it: another compute on the same Mesos, whose tasks are let be by the first', async () => {
  const docs = readFileSync(join(__dirname, '../../docs/mesos.md'), 'utf8');
  const [block = ''] = [...docs.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].filter(([, language]) => !language).map(([, , text]) => text!);
  const commands = block.trim().split('\n').map((line) => line.replace(/^grid /, '').replace('5050', String(mesos.ports[0])).split(' '));
  expect(commands).toHaveLength(4);
  for (const words of commands) expect(await gridCommand(words, { env: grid.env as Record<string, string> })).toMatchObject({ code: 0 });
  expect([...mesos.leader()!.frameworks.keys()].filter((id) => id.endsWith('-dc2'))).toHaveLength(1);
  expect((await machinesOf(grid)).map(({ compute }) => compute)).toEqual(['dc2', 'dc2']);
  expect((await read(grid, '/api/v1/lifecycles/framework/dc1')).tasks).toEqual({});
  await nothingLeft((await machinesOf(grid))[0]!.owner);
});

test('a compute that is removed leaves nothing in Mesos; its workflows can be replayed', async () => {
  for (const name of ['dc1', 'dc2']) await removed(name);
  expect([...mesos.leader()!.frameworks.keys()]).toEqual([]);
  expect(await unreplayable(grid)).toEqual([]);
  // All that this grid lived through is gone through once more.
}, 300_000);
