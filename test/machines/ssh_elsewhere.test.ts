import { setTimeout as sleep } from 'node:timers/promises';
import { opens } from '../../activities/opens';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, launch, until } from '../support/http';
import { startDockerEngine, type DockerEngine } from '../support/docker_engine';
import { addHostImage } from '../support/host_image';
import { describeNeeding, DOCKER } from '../support/parts';
import { agentNumber, expectInstances, install, instanceOf, processesOf, uninstall, uninstalled, untilPath } from '../support/services';
import { openElsewhere, openSshHost, type Elsewhere, type SshHost } from './ssh_ground';

describeNeeding(['sshd', 'ip', 'root'], 'a host that reaches nothing on loopback of the grid\'s own', () => {
  let elsewhere: Elsewhere;
  let host: SshHost;
  let grid: TestGrid;

  beforeAll(async () => {
    elsewhere = openElsewhere();
    host = await openSshHost([], elsewhere);
    grid = await startGrid();
    expect((await ask(grid, 'PUT', '/api/v1/computes/rack1', { connector: host.connector({ net: '127.92' }) })).status).toBe(201);
  });
  afterAll(async () => {
    const left = labelled(grid.home);
    await grid.end();
    await host.close();
    elsewhere.remove();
    expect(left).toEqual([]);
  });

  async function outlivesTheControlWorker(compute: string): Promise<void> {
    await install(grid, 'web', { compute });
    await untilPath(grid, '/services/web/', (d) => d.progress === 'SERVICE_INSTALLED', 120_000);
    const before = await processesOf(grid, 'web', 0);
    const agent = agentNumber((await instanceOf(grid, 'web', 0)).agent_id);
    const killed = grid.pidOf('control');
    process.kill(killed, 'SIGKILL');
    while (grid.pidOf('control') === killed) await sleep(50);
    const since = Date.now();
    await untilPath(grid, `/agents/${agent}/`, (d) => d.last_ping_source_timestamp > since, 60_000);
    await expectInstances(grid, 'web', [{ agent: 0, machine: 0 }]);
    expect(await processesOf(grid, 'web', 0)).toEqual(before);
    await uninstall(grid, 'web');
    await uninstalled(grid, 'web');
  }

  test('an agent there has its service; a control worker that is killed finds it again, and nothing was started twice', () => outlivesTheControlWorker('rack1'), 240_000);

  test('a cluster there is ready when its ports are open there', async () => {
    const id = await launch(grid, 'reference/1.0.0?compute=rack1', { size: 2 });
    const { nodes } = await until(grid, id, (d) => d.state === 'ready');
    expect(await opens(nodes[0]!.address, 8_080, 1_000)).toBe(false);
    await destroyed(grid, id);
  });

  describeNeeding(DOCKER, 'with a Docker engine', () => {
    let engine: DockerEngine;
    beforeAll(async () => {
      engine = await startDockerEngine([], elsewhere.enter);
      await addHostImage(engine, 'grid-test/host:1', ['node']);
      const { username, host: at, searchParams } = new URL(host.connector());
      const parameters = new URLSearchParams({ net: '10.194', image: 'grid-test/host:1', key: searchParams.get('key')!, hostkey: searchParams.get('hostkey')! });
      const { status, body } = await ask(grid, 'PUT', '/api/v1/computes/boxes', { connector: `docker+ssh://${username}@${at}${engine.socket}?${parameters}` });
      expect([status, body.detail]).toEqual([201, undefined]);
    });
    afterAll(() => engine.close());

    test('agents in its containers find Temporal over the connection, and find it again', () => outlivesTheControlWorker('boxes'), 240_000);
  });
});
