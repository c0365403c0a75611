import { setTimeout as sleep } from 'node:timers/promises';
import { opens } from '../../activities/opens';
import { labelled, startGrid, type TestGrid } from '../support/grid';
import { ask, destroyed, launch, until } from '../support/http';
import { describeNeeding } from '../support/parts';
import { expectInstances, install, processesOf, uninstall, uninstalled, untilPath } from '../support/services';
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
  }, 120_000);
  afterAll(async () => {
    const left = labelled(grid.home);
    await grid.end();
    await host.close();
    elsewhere.remove();
    expect(left).toEqual([]);
  });

  test('an agent there has its service; a control worker that is killed finds it again, and nothing was started twice', async () => {
    await install(grid, 'web', { compute: 'rack1' });
    await untilPath(grid, '/services/web/', (d) => d.progress === 'SERVICE_INSTALLED', 120_000);
    const before = await processesOf(grid, 'web', 0);
    const killed = grid.pidOf('control');
    process.kill(killed, 'SIGKILL');
    while (grid.pidOf('control') === killed) await sleep(50);
    const since = Date.now();
    await untilPath(grid, '/agents/0/', (d) => d.last_ping_source_timestamp > since, 60_000);
    await expectInstances(grid, 'web', [{ agent: 0, machine: 0 }]);
    expect(await processesOf(grid, 'web', 0)).toEqual(before);
    await uninstall(grid, 'web');
    await uninstalled(grid, 'web');
  }, 240_000);

  test('a cluster there is ready when its ports are open there', async () => {
    const id = await launch(grid, 'reference/1.0.0?compute=rack1', { size: 2 });
    const { nodes } = await until(grid, id, (d) => d.state === 'ready');
    expect(await opens(nodes[0]!.address, 8_080, 1_000)).toBe(false);
    await destroyed(grid, id);
  }, 90_000);
});
