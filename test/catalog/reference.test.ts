import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { clusterOf, impatient, kill, TOKEN, type TestCluster } from './cluster_of_children';

const SIZE = 3;
let cluster: TestCluster;

const peersOf = async (address: string) => (await fetch(`http://${address}:8080/peers.json`)).json();

afterEach(() => cluster.close());

describe('a reference cluster', () => {
  beforeEach(async () => {
    cluster = await clusterOf('reference', { size: SIZE });
    await Promise.all(cluster.nodes.map((node) => cluster.start(node)));
  });

  it('knows its peers on every node once it was started, and its role runs', async () => {
    const { exit, output } = await cluster.run('start');
    expect({ exit, output }).toMatchObject({ exit: 0, output: expect.stringContaining('3 nodes know each other') });
    for (const { address } of cluster.nodes) {
      const peers = await peersOf(address);
      expect(peers).toHaveLength(SIZE);
      expect(peers).toEqual(cluster.nodes.map((node) => expect.objectContaining({ name: node.spec.name, address: node.address, url: `http://${node.address}:8080/peers.json` })));
    }
    expect(cluster.roles).toEqual({ service1: 'running' });
    expect([...cluster.tokens]).toEqual([`Bearer ${TOKEN}`]);
  });

  it('may be started again', async () => {
    await cluster.run('start');
    expect(await cluster.run('start')).toMatchObject({ exit: 0 });
    expect(await cluster.run('restart')).toMatchObject({ exit: 0 });
    expect(await peersOf(cluster.nodes[0]!.address)).toHaveLength(SIZE);
  });

  it('tells by status whether every node knows all of them', async () => {
    expect(await cluster.run('status')).toMatchObject({ exit: 1, output: expect.stringContaining('knows 0 of 3 nodes') });
    await cluster.run('start');
    expect(await cluster.run('status')).toMatchObject({ exit: 0, output: expect.stringContaining('knows 3 of 3 nodes') });
    await kill(cluster.nodes[2]!.child);
    expect(await cluster.run('status')).toMatchObject({ exit: 1, output: expect.stringContaining(`${cluster.nodes[2]!.spec.name} http`) });
  });

  it('forgets its peers when it is stopped', async () => {
    await cluster.run('start');
    expect(await cluster.run('stop')).toMatchObject({ exit: 0 });
    expect((await fetch(`http://${cluster.nodes[0]!.address}:8080/peers.json`)).status).toBe(404);
    expect(cluster.roles).toEqual({ service1: 'stopped' });
  });

  it('gets on when the API is killed and comes back', async () => {
    const port = Number(new URL(cluster.api).port);
    let calls = 0;
    cluster.onCall = (path) => {
      if (!path.endsWith('/exec') || ++calls !== 2) return;
      cluster.onCall = undefined;
      void cluster.hangUp().then(() => cluster.answer(port));
    };
    expect(await cluster.run('start')).toMatchObject({ exit: 0 });
    expect(calls).toBe(2);
    expect(await cluster.run('status')).toMatchObject({ exit: 0 });
  });

  it('waits for a node that does not run yet', async () => {
    cluster.nodes[1]!.says = 'queued';
    let asked = 0;
    cluster.onCall = () => {
      if (++asked === 3) cluster.nodes[1]!.says = 'running';
    };
    const { exit, output } = await cluster.run('start');
    expect({ exit, output }).toMatchObject({ exit: 0, output: expect.stringContaining('example1 is queued, not running') });
  });

  it('ends with 3 when a node never runs', async () => {
    cluster.nodes[1]!.says = 'queued';
    expect(await cluster.run('start', impatient(cluster.script, 300))).toMatchObject({ exit: 3, output: expect.stringContaining('example1 is queued, not running') });
    expect(cluster.roles).toEqual({});
  });

  it('tells at once what a failed node said', async () => {
    Object.assign(cluster.nodes[1]!, { says: 'failed', output: 'out of order' });
    expect(await cluster.run('start')).toMatchObject({ exit: 1, output: 'node example1 failed: out of order\n' });
  });

  it('serves nothing but the files of its own directory', async () => {
    const { address } = cluster.nodes[0]!;
    for (const path of ['/../../../../../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '../../../etc/passwd', '/', '*', '/%']) {
      const socket = connect(8080, address);
      await once(socket, 'connect');
      socket.write(`GET ${path} HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n`);
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 40[04] /);
    }
    expect(cluster.nodes[0]!.child!.exitCode).toBeNull();
  });
});

describe('the script of the reference product', () => {
  it('writes on a few nodes at a time, however many there are', async () => {
    cluster = await clusterOf('reference', { size: 20 });
    for (const node of cluster.nodes) node.says = 'running';
    expect(await cluster.run('start')).toMatchObject({ exit: 0 });
    expect(cluster.busiest).toBeGreaterThan(1);
    expect(cluster.busiest).toBeLessThanOrEqual(8);
    expect(cluster.nodes.filter((node) => !existsSync(join(node.dir, 'peers.json')))).toEqual([]);
  });

  it('ends with 2 where there is no cluster or no such verb', async () => {
    cluster = await clusterOf('reference', { size: 1 });
    const call = (env: Record<string, string>, verb: string) => spawnSync(process.execPath, ['-', verb], { input: cluster.script, env, encoding: 'utf8' });
    expect(call({}, 'start')).toMatchObject({ status: 2, stderr: expect.stringContaining('CLUSTERDN') });
    expect(call({ CLUSTERDN: cluster.dn }, 'dance')).toMatchObject({ status: 2, stderr: expect.stringContaining('start|stop|restart|status') });
  });
});
