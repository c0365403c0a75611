import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSshHost, type SshHost } from '../machines/ssh_ground';
import { startDockerEngine, type DockerEngine } from '../support/docker_engine';
import { addTemplate, ays, gitIn, inModel, isOver, modelled, order, runIs } from '../support/environment';
import { startGrid, type TestGrid } from '../support/grid';
import { addHostImage } from '../support/host_image';
import { read } from '../support/http';
import { DOCKER, describeNeeding } from '../support/parts';
import { untilPath } from '../support/services';

const IMAGE = 'grid-test/host:1';
const ENV = { GRID_AGENT_TIMEOUT: '2s', GRID_POLL_INTERVAL: '500ms' };
const NODES = ['n1', 'n2', 'n3'];

/** AT6, deploygrid: a location with a key in it, nodes that are hosts and one that is a container, and a service on each. */
describeNeeding([...DOCKER, 'sshd'], 'an environment on hosts and in a container', () => {
  let host: SshHost;
  let engine: DockerEngine;
  let grid: TestGrid;
  beforeAll(async () => {
    [host, engine] = await Promise.all([openSshHost(), startDockerEngine()]);
    await addHostImage(engine, IMAGE);
    grid = await startGrid({ env: ENV });
    addTemplate(grid, 'jumpscale__mongodb', {
      'service.hrd': "category = database\n\noffers = connection\n\nprocess.1 =\n    cmd:node,\n    args:'server.js',\n    ports:'$(instance.param.port)',\n    timeout_start:30,\n\nenv.process.1 =\n    PORT:'$(instance.param.port)',\n",
      'instance.hrd': 'param.port = @ASK type:int default:27017\n',
      'server.js': `const begun = Math.random(); require('node:http').createServer((q, r) => r.end('mongodb ' + begun)).listen(Number(process.env.PORT), process.env.GRID_ADDRESS);`,
    });
  });
  afterAll(async () => {
    await grid.end();
    await Promise.all([host.close(), engine.close()]);
  });

  const KEY = 'grid__location__eu/grid__sshkey__main';
  const mongodb = (node: string) => `jumpscale__mongodb__${node}`;
  const addressOf = async (path: string) => (await read(grid, `/api/v1/lifecycles/instance/${path}`)).at.address as string;
  /** Another one for each process that ever ran. */
  const answerOf = async (node: string) => (await fetch(`http://${await addressOf(mongodb(node))}:27017/`)).text();

  test('one blueprint makes all of it, and each service runs where its node is', async () => {
    const ssh = (name: string, i: number) => [`node.ssh__${name}`, {
      consume: { sshkey: 'main' }, 'param.ip': '127.0.0.1', 'param.ssh.port': host.port, 'param.hostkey': host.fingerprint(), 'param.net': `127.${231 + i}`, 'param.home': host.home,
    }];
    const on = (name: string) => [`mongodb__${name}`, { consume: { node: name } }];
    const blueprint = Object.fromEntries([
      ['location__eu', null], ['sshkey__main', { parent: 'grid__location__eu', 'param.path': join(host.dir, 'key') }],
      ...NODES.map(ssh), ['node.docker__d1', { 'param.engine': engine.socket, 'param.image': IMAGE }], ...[...NODES, 'd1'].map(on),
    ]);
    const run = await ays(grid, 'blueprint', { blueprint }, 150_000);
    expect(run.said).toEqual(expect.objectContaining(Object.fromEntries([...NODES, 'd1'].map((node) => [mongodb(node), expect.objectContaining({ state: 'done' })]))));
    expect(existsSync(join(inModel(grid, KEY), 'service.hrd'))).toBe(true);
    for (const node of [...NODES, 'd1']) expect(await answerOf(node)).toMatch(/^mongodb 0\.\d+$/);
    expect(readdirSync(join(host.home, 'machines')).filter((name) => name.startsWith('agent--'))).toHaveLength(NODES.length);
    expect(await engine.docker.listContainers({ filters: { label: ['service-grid.machine'] } })).toHaveLength(1);
    const said = (await ays(grid, 'execute', { name: 'node.docker', args: { cmd: 'ls /bin/busybox' } })).said['grid__node.docker__d1'];
    expect(said).toMatchObject({ state: 'done', result: { exit: 0, stdout: '/bin/busybox\n' } });
  });

  test('what is on a node is stopped and started there', async () => {
    const before = await answerOf('n1');
    const at = await addressOf(mongodb('n1'));
    await ays(grid, 'stop', { name: 'mongodb', instance: 'n1' });
    await expect(fetch(`http://${at}:27017/`)).rejects.toThrow();
    await ays(grid, 'start', { name: 'mongodb', instance: 'n1' });
    expect(await answerOf('n1')).not.toBe(before);
  });

  test('a node does not go while services are on it', async () => {
    expect(await order(grid, 'reset', { name: 'node.ssh', instance: 'n1', force: true })).toMatchObject({ status: 409, body: { code: 'still_needed', detail: expect.stringContaining(mongodb('n1')) } });
  });

  test('building on a node is refused; nothing was loaded where the model is', async () => {
    expect(await order(grid, 'build', { name: 'mongodb', instance: 'n1' })).toMatchObject({ status: 400, body: { code: 'remote_build' } });
    expect(existsSync(join(inModel(grid, mongodb('n1')), 'server.js'))).toBe(true);
    expect(existsSync(join(inModel(grid, mongodb('n1')), 'state.json'))).toBe(false);
  });

  test('the home of the grid is deleted: a new one on the repository takes over what runs elsewhere, and nothing is restarted', async () => {
    const all = [...NODES, 'd1'];
    const before = await Promise.all(all.map(answerOf));
    gitIn(grid, 'add', 'servicetemplates');
    gitIn(grid, 'commit', '-qm', 'templates');
    const kept = join(host.dir, 'environment.git');
    gitIn(grid, 'clone', '-q', '--bare', '.', kept);
    await grid.stop();
    rmSync(grid.home, { recursive: true });
    const home = mkdtempSync(join(tmpdir(), 'grid-test-'));
    execFileSync('git', ['clone', '-q', kept, join(home, 'environment')]);
    grid = await startGrid({ env: { ...ENV, GRID_TEMPORAL_PORT: grid.env.GRID_TEMPORAL_PORT! }, home });

    const run = await runIs(grid, 'run/adopt', isOver, 120_000);
    expect(run).toMatchObject({ state: 'done', problem: null });
    expect(run.steps.find(({ name }) => name === 'machine of host')!.output).toContain('there is no machine');
    expect(await Promise.all(all.map(answerOf))).toEqual(before);
    const lost = ['grid__location__eu', KEY].map((path) => ({ path, is: 'new' }));
    expect(await read(grid, '/api/v1/environment/diff')).toMatchObject({ edited: [], differences: lost });
    await ays(grid, 'apply');
    expect((await ays(grid, 'execute', { name: 'node.ssh', instance: 'n2', args: { cmd: 'uname -s' } })).said['grid__node.ssh__n2']).toMatchObject({ result: { stdout: 'Linux\n' } });
    expect((await ays(grid, 'install', { name: 'mongodb', instance: 'd1' })).said[mongodb('d1')]).toMatchObject({ reason: expect.stringContaining('already installed') });
    expect(await Promise.all(all.map(answerOf))).toEqual(before);
  }, 180_000);

  test('a reset whose connection is cut keeps the local copy, and goes on when the host is back', async () => {
    await host.stop();
    const agent = (await modelled(grid)).find(({ path }) => path === mongodb('n1'))!.agent;
    await untilPath(grid, `/api/v1/lifecycles/agent/${agent}`, (d) => d.silence !== null || d.hello === null);
    const { body } = await order(grid, 'reset', { name: 'mongodb', instance: 'n1' });
    await runIs(grid, body.id, (run) => /agent/.test(run.said[mongodb('n1')]?.reason ?? ''));
    expect(existsSync(inModel(grid, mongodb('n1')))).toBe(true);
    await host.start();
    expect((await runIs(grid, body.id, isOver, 120_000)).state).toBe('done');
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
