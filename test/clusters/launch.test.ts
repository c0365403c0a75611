import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { audit } from '../support/audit';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, documentOf, givenBack, killNode, launch, machinesOf, order, queued, until, verb } from '../support/http';
import { describeOn } from '../support/machine_ground';
import { byTheBook } from '../support/runbook';

const PAAS = '/bigdata/api/v1';
let grid: TestGrid;

beforeAll(async () => {
  grid = await startGrid();
});
afterAll(() => grid.end());
afterEach(async () => {
  expect(labelled(grid.home)).toEqual([]);
  await audit(grid);
});

const SEVEN = ['registered', 'scheduling', 'scheduled', 'configuring', 'configured', 'ready'];

/** A product of this test: nodes that idle, and the script given. */
async function product(name: string, script: string, nodes = 1, more: object = {}): Promise<string> {
  await ask(grid, 'POST', `${PAAS}/products`, { name, version: '1', description: 'made by a test' });
  const template = JSON.stringify({
    nodes: Object.fromEntries(Array.from({ length: nodes }, (_, i) => [`n${i}`, { cpu: 0.1, mem: 16, command: ['sleep', '1000'], services: ['r'] }])),
    services: { r: {} }, ...more,
  });
  expect((await ask(grid, 'PUT', `${PAAS}/products/${name}/1/template`, template)).status).toBe(204);
  expect((await ask(grid, 'PUT', `${PAAS}/products/${name}/1/orquestrator`, script, { 'content-type': 'text/plain' })).status).toBe(204);
  return `${name}/1`;
}

test.each([[2], ['2']])('CT14, CT15: reference is launched with size %p, passes the seven states, and each node serves the list of its peers', async (size) => {
  const { status, headers, body } = await order(grid, 'reference/1.0.0', { size });
  expect([status, headers.get('location')]).toEqual([202, body.url]);
  const id = await queued(grid, body.url);
  const document = await until(grid, id, (d) => d.state === 'ready');
  expect(document.timeline.map((t) => t.state)).toEqual(SEVEN);
  expect(document.nodes.map((n) => n.status)).toEqual(['running', 'running']);
  expect(document.roles).toMatchObject([{ name: 'service1', status: 'running' }]);
  for (const node of document.nodes) {
    const peers = await (await fetch(`http://${node.address}:8080/peers.json`)).text();
    for (const peer of document.nodes) expect(peers).toContain(peer.address);
  }
  const entry = await ask(grid, 'GET', `${PAAS}/clusters/${id.slice('cluster/'.length)}`);
  expect(entry.body).toMatchObject({ result: 'success', uri: id.replace('cluster/', 'clusters/'), data: { dn: document.dn, name: document.dnsname, status: 'ready' } });
  await ask(grid, 'DELETE', `${PAAS}/clusters/${id.slice('cluster/'.length)}`);
  const after = await until(grid, id, (d) => d.state === 'destroyed');
  expect(after.nodes.map((n) => [n.host, n.status])).toEqual([['_', 'destroyed'], ['_', 'destroyed']]);
  const listed = await ask(grid, 'GET', `${PAAS}/clusters/test/reference/1.0.0`);
  expect(listed.body.clusters).toContainEqual(expect.objectContaining({ uri: id.replace('cluster/', 'clusters/'), data: expect.objectContaining({ status: 'destroyed' }) }));
  await givenBack(grid);
});

test('a script that fails blocks the step with its last output; after it was put right, retry goes on and the façade says so', async () => {
  const marker = join(grid.home, 'mended');
  const name = await product('failing', `#!/bin/sh\necho "cannot reach the licence server"\ntest -f ${marker}\n`);
  const id = await launch(grid, name, {});
  const blocked = await until(grid, id, (d) => d.conditions.some((c) => c.type === 'Blocked'));
  expect(blocked).toMatchObject({ state: 'configuring', status: 'error during configuration' });
  expect(blocked.steps.find((s) => s.name === 'configure')).toMatchObject({ state: 'blocked', lastError: { code: 'script_failed', message: expect.stringContaining('cannot reach the licence server') } });
  expect(await byTheBook(grid, id, 'script_failed', ['retry'], { mend: () => writeFileSync(marker, '') })).toContain('cannot reach the licence server');
  const ready = await until(grid, id, (d) => d.state === 'ready');
  expect(ready.steps.find((s) => s.name === 'configure')).toMatchObject({ state: 'done', attempt: 2 });
  await destroyed(grid, id);
});

test('skip goes on without the script', async () => {
  const id = await launch(grid, await product('skipped', '#!/bin/sh\nexit 7\n'), {});
  await byTheBook(grid, id, 'script_failed', ['skip']);
  expect((await until(grid, id, (d) => d.state === 'ready')).steps.find((s) => s.name === 'configure')?.state).toBe('skipped');
  await destroyed(grid, id);
});

test('pause lets the running step end and starts no other, resume goes on', async () => {
  const id = await launch(grid, await product('paused', '#!/bin/sh\nsleep 1\n'), {});
  await until(grid, id, (d) => d.steps.some((s) => s.name === 'configure' && s.state === 'running'));
  await verb(grid, id, 'pause');
  const held = await until(grid, id, (d) => d.steps.some((s) => s.name === 'await_ready' && s.waitingFor?.includes('resume')));
  expect(held.steps.find((s) => s.name === 'configure')?.state).toBe('done');
  expect(held.conditions.map((c) => c.type)).toContain('Paused');
  await byTheBook(grid, id, 'asked_for', ['resume']);
  await until(grid, id, (d) => d.state === 'ready');
  await destroyed(grid, id);
});

test('what is not installed where scripts run is said; once it is there retry goes on', async () => {
  const interpreter = join(grid.home, 'interpreter');
  const id = await launch(grid, await product('interpreted', `#!${interpreter}\n`), {});
  await byTheBook(grid, id, 'interpreter_missing', ['retry'], { mend: () => symlinkSync('/bin/sh', interpreter) });
  await until(grid, id, (d) => d.state === 'ready');
  await destroyed(grid, id);
});

describeOn(['process'], 'machines elsewhere have no directory in common with this test', 'where a program can be put beside machines', () => {
  test('a command that is not there blocks the start of its machine; once it is there retry goes on', async () => {
    const program = join(grid.home, 'program');
    const id = await launch(grid, await product('commanded', '', 1, { nodes: { a: { cpu: 0.1, mem: 16, command: [program] } }, services: {} }), {});
    await byTheBook(grid, id, 'node_lost', ['retry'], { mend: () => writeFileSync(program, '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 }) });
    await until(grid, id, (d) => d.state === 'ready');
    await destroyed(grid, id);
  });
});

test('abort of a launch takes back its steps in reverse order and leaves nothing', async () => {
  const id = await launch(grid, await product('aborted', '#!/bin/sh\nsleep 600\n', 2), {});
  await until(grid, id, (d) => d.steps.some((s) => s.name === 'configure' && s.state === 'running'));
  expect((await verb(grid, id, 'abort')).status).toBe(200);
  const after = await until(grid, id, (d) => d.state === 'destroyed');
  expect(after.conditions.map((c) => c.type)).toEqual(['Aborted']);
  const undone = after.steps.filter((s) => s.state === 'undone');
  expect(undone.map((s) => s.name)).toEqual(['place', 'start_machines']);
  expect(Date.parse(undone[0]!.endedAt!)).toBeGreaterThanOrEqual(Date.parse(undone[1]!.endedAt!));
  await givenBack(grid);
});

test('a node that dies is noticed at once, with its last words; repair replaces it in its place', async () => {
  const id = await launch(grid, await product('dying', '', 2, { nodes: { a: { cpu: 0.1, mem: 16, command: ['sh', '-c', 'echo my last words; exec sleep 1000'] }, b: { cpu: 0.1, mem: 16 } }, services: {} }), {});
  const before = await until(grid, id, (d) => d.state === 'ready');
  const victim = (await machinesOf(grid, id)).find((m) => m.node === 'a')!;
  const killedAt = Date.now();
  await grid.ground.kill(victim);
  const degraded = await until(grid, id, (d) => d.conditions.some((c) => c.type === 'Degraded'));
  expect(Date.now() - killedAt).toBeLessThan(2_000);
  expect(degraded.state).toBe('ready');
  expect(degraded.conditions[0]).toMatchObject({ reason: 'node_lost', message: expect.stringMatching(/node a .*my last words/) });
  expect(await byTheBook(grid, id, 'node_lost', ['repair'])).toContain('my last words');
  const whole = await until(grid, id, (d) => d.state === 'ready' && d.operation === null && d.conditions.length === 0);
  expect(whole.nodes.map((n) => [n.name, n.generation, n.address])).toEqual(before.nodes.map((n) => [n.name, n.name === 'a' ? 2 : 1, n.address]));
  await destroyed(grid, id);
});

test('a product may repair itself', async () => {
  const id = await launch(grid, await product('selfrepair', '', 1, { on_node_loss: 'repair' }), {});
  await until(grid, id, (d) => d.state === 'ready');
  await killNode(grid, id, 'n0');
  await until(grid, id, (d) => d.state === 'ready' && d.nodes[0]!.generation === 2 && d.operation === null);
  await destroyed(grid, id);
});

test('a scale touches only the difference, up and down', async () => {
  const id = await launch(grid, 'reference/1.0.0', { size: 2 });
  const two = await until(grid, id, (d) => d.state === 'ready');
  const path = `${PAAS}/clusters/${id.slice('cluster/'.length)}`;
  const up = await ask(grid, 'PATCH', path, { size: 3 });
  expect(up.status).toBe(202);
  await queued(grid, up.body.url);
  const three = await until(grid, id, (d) => d.state === 'ready' && d.operation === null && d.nodes.length === 3);
  expect(three.nodes.slice(0, 2).map((n) => n.machine)).toEqual(two.nodes.map((n) => n.machine));
  expect(await (await fetch(`http://${two.nodes[0]!.address}:8080/peers.json`)).text()).toContain(three.nodes[2]!.address);
  await ask(grid, 'PATCH', path, { size: '1' });
  const one = await until(grid, id, (d) => d.state === 'ready' && d.operation === null && d.nodes.length === 1);
  expect(one.nodes[0]!.machine).toBe(two.nodes[0]!.machine);
  expect(await machinesOf(grid, id)).toHaveLength(1);
  await destroyed(grid, id);
});

describeOn(['process', 'docker', 'ssh'], 'hosts there have directories for disks, however many nodes: see test/mesos for what waits for offers', 'where disks are all taken', () => {
  test('a launch that finds no room waits with the reason as data, and goes on when room is given back', async () => {
    const first = await launch(grid, 'reference/1.0.0', { size: 6 });
    await until(grid, first, (d) => d.state === 'ready');
    const second = await launch(grid, 'reference/1.0.0', { size: 1 });
    const waiting = await until(grid, second, (d) => /disks/.test(d.steps.find((s) => s.name === 'place')?.waitingFor ?? ''));
    expect(waiting.steps[0]!.waitingFor).toContain(first);
    await destroyed(grid, first);
    await until(grid, second, (d) => d.state === 'ready');
    await destroyed(grid, second);
  });
});

test('destroy from the middle of a launch leaves nothing', async () => {
  const id = await launch(grid, await product('midway', '#!/bin/sh\nsleep 600 & setsid sleep 600 & sleep 600\n', 3), {});
  await until(grid, id, (d) => d.steps.some((s) => s.name === 'configure' && s.state === 'running'));
  await destroyed(grid, id);
  expect((await verb(grid, id, 'destroy')).status).toBe(409);
  expect((await documentOf(grid, id)).state).toBe('destroyed');
});

describeOn(['process', 'docker', 'ssh'], 'disks there are in the sandbox of a task, and go with it', 'where disks stay', () => {
  test('a repaired node finds its data again, and nothing of it is left after the destroy', async () => {
    const id = await launch(grid, await product('keeper', '', 1, { nodes: { a: { cpu: 0.1, mem: 16, disks: { disk1: { destination: '/data' } } } }, services: {} }), {});
    await until(grid, id, (d) => d.state === 'ready');
    const [first] = await machinesOf(grid, id);
    const path = grid.ground.pathIn('/data/kept');
    await ask(grid, 'POST', `/api/v1/machines/${first!.id}/exec`, { argv: ['tee', path], stdin: 'precious' });
    expect(await grid.ground.data()).toHaveLength(1);
    await grid.ground.kill(first!);
    await until(grid, id, (d) => d.conditions.some((c) => c.type === 'Degraded'));
    await verb(grid, id, 'repair');
    const whole = await until(grid, id, (d) => d.operation === null && d.nodes[0]!.generation === 2 && d.state === 'ready');
    const read = await ask(grid, 'POST', `/api/v1/machines/${whole.nodes[0]!.machine}/exec`, { argv: ['cat', path] });
    expect(read.body).toMatchObject({ exit: 0, stdout: 'precious' });
    await destroyed(grid, id);
    expect(await grid.ground.data()).toEqual([]);
  });
});
