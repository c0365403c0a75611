import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { describeNeeding } from '../support/parts';
import { clusterOf, impatient, kill, type TestCluster, type TestNode } from './cluster_of_children';

/** Two whole copies on a busy machine, each of which redis begins seconds after it was asked for. */
const LIMIT_MS = 60_000;

let cluster: TestCluster;
const primary = () => cluster.nodes[0]!;
const replicas = () => cluster.nodes.slice(1);

/** A command as a person types it, and what comes back. */
async function redis(node: TestNode, line: string): Promise<string> {
  const socket = connect(6379, node.address);
  socket.end(`${line}\r\nQUIT\r\n`);
  return (await text(socket)).replace(/\+OK\r\n$/, '').trim();
}

const valueOn = async (node: TestNode, key: string) => (await redis(node, `GET ${key}`)).split('\r\n')[1] ?? null;
const wordOf = async (node: TestNode, name: string) => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(await redis(node, 'INFO replication'))?.[1];

/** A node that was just started does not listen yet: until then nothing is true of it. */
async function until(what: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + LIMIT_MS; !(await what().catch(() => false)); await delay(50)) {
    if (Date.now() > deadline) throw new Error(`it did not come to that within ${LIMIT_MS / 1000} s`);
  }
}

/** Writes to the primary, and waits until it is everywhere. */
async function write(key: string, value: string): Promise<void> {
  await redis(primary(), `SET ${key} ${value}`);
  for (const node of cluster.nodes) await until(async () => (await valueOn(node, key)) === value);
}

/** As a repair does: another process on the same address, with what the disk has, or on an empty disk. */
async function replace(node: TestNode, { disk }: { disk: 'kept' | 'empty' }): Promise<void> {
  await kill(node.child);
  if (disk === 'empty') rmSync(node.dir, { recursive: true });
  await cluster.start(node);
}

afterEach(() => cluster.close());

describeNeeding(['redis-server'], 'a redis cluster', () => {
  beforeEach(async () => {
    cluster = await clusterOf('redis', { replicas: 2 });
    await Promise.all(cluster.nodes.map((node) => cluster.start(node)));
  });

  it('has what is written to the primary on every replica once it was started, and both roles run', async () => {
    const { exit, output } = await cluster.run('start');
    expect({ exit, output }).toMatchObject({ exit: 0, output: expect.stringContaining(`redis0 has 2 replicas: redis-cli -h ${primary().address} -p 6379`) });
    expect(cluster.roles).toEqual({ primary: 'running', replica: 'running' });
    await write('color', 'blue');
    expect(await redis(replicas()[0]!, 'SET color red')).toMatch(/^-READONLY/);
    expect(await redis(primary(), 'SYNC')).toMatch(/^-NOPERM/);
    expect(await cluster.run('status')).toMatchObject({ exit: 0 });
  });

  it('stays whole when it is started again under load', async () => {
    await cluster.run('start');
    let over = false;
    const load = (async () => {
      let acknowledged = 0;
      while (!over) acknowledged = Number(/^:(\d+)/.exec(await redis(primary(), 'INCR counter'))?.[1] ?? acknowledged);
      return acknowledged;
    })();
    for (const verb of ['start', 'restart'] as const) expect(await cluster.run(verb)).toMatchObject({ exit: 0, output: expect.not.stringContaining('newer data') });
    over = true;
    const acknowledged = await load;
    expect(acknowledged).toBeGreaterThan(0);
    // What was refused does not count, and what was done without an answer may.
    const kept = Number(await valueOn(primary(), 'counter'));
    expect(kept).toBeGreaterThanOrEqual(acknowledged);
    for (const node of replicas()) await until(async () => (await valueOn(node, 'counter')) === String(kept));
  });

  it.each(['kept', 'empty'] as const)('keeps its data when the primary was replaced, its disk %s', async (disk) => {
    await cluster.run('start');
    await write('size', 'old');
    await redis(primary(), 'SAVE');
    await write('size', 'new');
    await replace(primary(), { disk });
    await until(async () => (await redis(primary(), 'ACL LOG')).includes('sync'));
    expect(await cluster.run('status')).toMatchObject({ exit: 1, output: expect.stringContaining('redis1 does not follow redis0') });
    const { exit, output } = await cluster.run('start');
    expect({ exit, output }).toMatchObject({ exit: 0, output: expect.stringContaining('has newer data than redis0') });
    for (const node of cluster.nodes) expect(await valueOn(node, 'size')).toBe('new');
    expect(await wordOf(primary(), 'role')).toBe('master');
    expect(await wordOf(primary(), 'connected_slaves')).toBe('2');
  });

  it('does not take old data from a replica that missed what the primary has on its disk', async () => {
    await cluster.run('start');
    await write('size', 'old');
    await cluster.run('stop');
    await redis(primary(), 'SET size new');
    await redis(primary(), 'SAVE');
    await replace(primary(), { disk: 'kept' });
    await until(async () => (await valueOn(primary(), 'size')) === 'new');
    expect(await cluster.run('start')).toMatchObject({ exit: 0 });
    for (const node of cluster.nodes) expect(await valueOn(node, 'size')).toBe('new');
  });

  it('gives a replaced replica all of the data', async () => {
    await cluster.run('start');
    await write('color', 'blue');
    await replace(replicas()[1]!, { disk: 'empty' });
    expect(await cluster.run('start')).toMatchObject({ exit: 0 });
    expect(await valueOn(replicas()[1]!, 'color')).toBe('blue');
  });

  it('copies nothing any more when it is stopped, and loses nothing', async () => {
    await cluster.run('start');
    await write('color', 'blue');
    expect(await cluster.run('stop')).toMatchObject({ exit: 0 });
    expect(cluster.roles).toEqual({ primary: 'stopped', replica: 'stopped' });
    expect(await cluster.run('status')).toMatchObject({ exit: 1 });
    expect(await valueOn(replicas()[0]!, 'color')).toBe('blue');
    expect(await cluster.run('start')).toMatchObject({ exit: 0 });
    expect(await valueOn(replicas()[1]!, 'color')).toBe('blue');
  });

  it('ends with 3 and names the replica that does not follow', async () => {
    await kill(replicas()[0]!.child);
    replicas()[0]!.says = 'running';
    expect(await cluster.run('start', impatient(cluster.script, 1_000))).toMatchObject({ exit: 3, output: expect.stringContaining('redis1 does not answer') });
    expect(cluster.roles).toEqual({});
  });
});

describeNeeding(['redis-server'], 'a redis cluster without replicas', () => {
  it('is a primary alone', async () => {
    cluster = await clusterOf('redis', { replicas: 0 });
    await cluster.start(primary());
    expect(await cluster.run('start')).toMatchObject({ exit: 0 });
    expect(cluster.roles).toEqual({ primary: 'running' });
  });
});

describe('where redis-server is not installed', () => {
  it('the nodes end with 127 and the script says what to install', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'bin-'));
    mkdirSync(join(bin, 'none'));
    symlinkSync('/bin/sh', join(bin, 'none', 'sh'));
    cluster = await clusterOf('redis', { replicas: 1 });
    await Promise.all(cluster.nodes.map((node) => cluster.start(node, join(bin, 'none'))));
    await until(async () => cluster.nodes.every(({ child }) => child!.exitCode === 127));
    const { exit, output } = await cluster.run('start');
    expect(exit).toBe(1);
    expect(output.trim().split('\n').at(-1)).toBe('node redis0 failed: redis-server is not installed: apt-get install redis-server');
    rmSync(bin, { recursive: true });
  });
});
