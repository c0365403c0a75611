import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openSshHost, type SshHost } from '../machines/ssh_ground';
import { startDockerEngine, type DockerEngine } from '../support/docker_engine';
import { addTemplate, ays, inModel, modelled, order, runIs } from '../support/environment';
import { startGrid, type TestGrid } from '../support/grid';
import { addHostImage } from '../support/host_image';
import { ask } from '../support/http';
import { DOCKER, describeNeeding } from '../support/parts';
import { untilPath } from '../support/services';

const IMAGE = 'grid-test/host:1';
const NODES = ['n1', 'n2', 'n3'];

/** AT6, deploygrid: a location with a key in it, nodes that are hosts and one that is a container, and a service on each. */
describeNeeding([...DOCKER, 'sshd'], 'an environment on hosts and in a container', () => {
  let host: SshHost;
  let engine: DockerEngine;
  let grid: TestGrid;
  beforeAll(async () => {
    [host, engine] = await Promise.all([openSshHost(), startDockerEngine()]);
    await addHostImage(engine, IMAGE);
    grid = await startGrid({ env: { GRID_AGENT_TIMEOUT: '2s', GRID_POLL_INTERVAL: '500ms' } });
    addTemplate(grid, 'jumpscale__mongodb', {
      'service.hrd': "category = database\n\noffers = connection\n\nprocess.1 =\n    cmd:node,\n    args:'server.js',\n    ports:'$(instance.param.port)',\n    timeout_start:30,\n\nenv.process.1 =\n    PORT:'$(instance.param.port)',\n",
      'instance.hrd': 'param.port = @ASK type:int default:27017\n',
      'server.js': `require('node:http').createServer((q, r) => r.end('mongodb')).listen(Number(process.env.PORT), process.env.GRID_ADDRESS);`,
    });
  });
  afterAll(async () => {
    await grid.end();
    await Promise.all([host.close(), engine.close()]);
  });

  const KEY = 'grid__location__eu/grid__sshkey__main';
  const mongodb = (node: string) => `jumpscale__mongodb__${node}`;
  const addressOf = async (path: string) => (await ask(grid, 'GET', `/api/v1/lifecycles/instance/${path}`)).body.at.address as string;

  test('one blueprint makes all of it, and each service runs where its node is', async () => {
    const ssh = (name: string, i: number) => [`node.ssh__${name}`, {
      consume: { sshkey: 'main' }, 'param.ip': '127.0.0.1', 'param.ssh.port': host.port, 'param.hostkey': host.fingerprint(), 'param.net': `127.${231 + i}`, 'param.home': join(host.dir, name),
    }];
    const on = (name: string) => [`mongodb__${name}`, { consume: { node: name } }];
    const blueprint = Object.fromEntries([
      ['location__eu', null], ['sshkey__main', { parent: 'grid__location__eu', 'param.path': join(host.dir, 'key') }],
      ...NODES.map(ssh), ['node.docker__d1', { 'param.engine': engine.socket, 'param.image': IMAGE }], ...[...NODES, 'd1'].map(on),
    ]);
    const run = await ays(grid, 'blueprint', { blueprint });
    expect(run.said).toEqual(expect.objectContaining(Object.fromEntries([...NODES, 'd1'].map((node) => [mongodb(node), expect.objectContaining({ state: 'done' })]))));
    expect(existsSync(join(inModel(grid, KEY), 'service.hrd'))).toBe(true);
    for (const node of [...NODES, 'd1']) expect(await (await fetch(`http://${await addressOf(mongodb(node))}:27017/`)).text()).toBe('mongodb');
    for (const node of NODES) expect(existsSync(join(host.dir, node, 'machines'))).toBe(true);
    expect(await engine.docker.listContainers({ filters: { label: ['service-grid.machine'] } })).toHaveLength(1);
    const said = (await ays(grid, 'execute', { name: 'node.docker', args: { cmd: 'ls /bin/busybox' } })).said['grid__node.docker__d1'];
    expect(said).toMatchObject({ state: 'done', result: { exit: 0, stdout: '/bin/busybox\n' } });
  });

  test('building on a node is refused; nothing was loaded where the model is', async () => {
    expect(await order(grid, 'build', { name: 'mongodb', instance: 'n1' })).toMatchObject({ status: 400, body: { code: 'remote_build' } });
    expect(existsSync(join(inModel(grid, mongodb('n1')), 'server.js'))).toBe(true);
    expect(existsSync(join(inModel(grid, mongodb('n1')), 'state.json'))).toBe(false);
  });

  test('a reset whose connection is cut keeps the local copy, and goes on when the host is back', async () => {
    await host.stop();
    const agent = (await modelled(grid)).find(({ path }) => path === mongodb('n1'))!.agent;
    await untilPath(grid, `/api/v1/lifecycles/agent/${agent}`, (d) => d.silence !== null || d.hello === null);
    const { body } = await order(grid, 'reset', { name: 'mongodb', instance: 'n1' });
    await runIs(grid, body.id, (run) => /agent/.test(run.said[mongodb('n1')]?.reason ?? ''));
    expect(existsSync(inModel(grid, mongodb('n1')))).toBe(true);
    await host.start();
    expect((await runIs(grid, body.id, ({ state }) => state !== 'running')).state).toBe('done');
    expect(existsSync(inModel(grid, mongodb('n1')))).toBe(false);
  });

  test('with the last of it every machine is given back', async () => {
    expect((await ays(grid, 'reset', { force: true, domain: 'jumpscale' })).state).toBe('done');
    expect((await ays(grid, 'reset', { force: true, domain: 'grid' })).state).toBe('done');
    await untilPath(grid, '/api/v1/machines', (d) => d.machines.length === 0);
    expect(await engine.docker.listContainers({ all: true, filters: { label: ['service-grid.machine'] } })).toEqual([]);
    expect(await modelled(grid)).toEqual([]);
  });
});
